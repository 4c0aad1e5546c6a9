#include "messages/digest.hpp"

namespace tier2 {

namespace {
constexpr std::string_view hex_digits = "0123456789abcdef";
}

std::string to_string(const digest& value) {
  std::string text;
  text.reserve(value.bytes.size() * 2);
  for (const auto byte : value.bytes) {
    text += hex_digits[byte >> 4U];
    text += hex_digits[byte & 15U];
  }
  return text;
}

result<digest> parse_digest(std::string_view text) {
  digest value;
  if (text.size() != value.bytes.size() * 2) return fail(errc::malformed, "A digest has 64 hex digits.");
  for (std::size_t i = 0; i < value.bytes.size(); ++i) {
    const auto high = hex_digits.find(text[2 * i]);
    const auto low = hex_digits.find(text[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos)
      return fail(errc::malformed, "A digest has lower-case hex digits only.");
    value.bytes[i] = static_cast<std::uint8_t>(high << 4U | low);
  }
  return value;
}

} // namespace tier2
