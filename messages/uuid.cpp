#include "messages/uuid.hpp"

namespace tier2 {

namespace {
constexpr std::string_view hex_digits = "0123456789abcdef";
bool dash_before(std::size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }
} // namespace

std::string to_string(const uuid& id) {
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    if (dash_before(i)) text += '-';
    text += hex_digits[id.bytes[i] >> 4U];
    text += hex_digits[id.bytes[i] & 15U];
  }
  return text;
}

result<uuid> parse_uuid(std::string_view text) {
  const auto wrong = [] {
    return fail(errc::malformed,
                "This is not an id: expected 36 characters like 0a1b2c3d-0000-4000-8000-0123456789ab.");
  };
  if (text.size() != 36) return wrong();
  uuid id;
  std::size_t at = 0;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    if (dash_before(i) && text[at++] != '-') return wrong();
    const auto high = hex_digits.find(text[at++]);
    const auto low = hex_digits.find(text[at++]);
    if (high == std::string_view::npos || low == std::string_view::npos) return wrong();
    id.bytes[i] = static_cast<std::uint8_t>(high << 4U | low);
  }
  return id;
}

} // namespace tier2
