#include "platform/x11/window_text.hpp"

#include <cstdint>

namespace tier2::x11 {

namespace {

struct character {
  std::size_t bytes{1}; ///< How many are taken from the text.
  bool valid{};
};

/// RFC 3629, section 4: no overlong forms, surrogates or values above U+10FFFF.
character next_character(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto lead = at(0);
  if (lead < 0x80) return {1, true};
  const std::size_t bytes = lead >= 0xc2 && lead <= 0xdf   ? 2
                            : lead >= 0xe0 && lead <= 0xef ? 3
                            : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                           : 0;
  if (bytes == 0 || text.size() < bytes) return {};
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xbf;
  if (lead == 0xe0) low = 0xa0;
  if (lead == 0xed) high = 0x9f;
  if (lead == 0xf0) low = 0x90;
  if (lead == 0xf4) high = 0x8f;
  if (at(1) < low || at(1) > high) return {};
  for (std::size_t i = 2; i < bytes; ++i)
    if (at(i) < 0x80 || at(i) > 0xbf) return {};
  return {bytes, true};
}

/// C0, DEL and C1: some of them would steer a terminal.
bool is_control(std::string_view one) {
  const auto lead = static_cast<std::uint8_t>(one[0]);
  if (one.size() == 1) return lead < 0x20 || lead == 0x7f;
  return one.size() == 2 && lead == 0xc2 && static_cast<std::uint8_t>(one[1]) < 0xa0;
}

} // namespace

std::string clean_utf8(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const auto next = next_character(text);
    std::string_view one = next.valid ? text.substr(0, next.bytes) : std::string_view{"\xef\xbf\xbd"};
    if (next.valid && is_control(one)) one = " ";
    if (clean.size() + one.size() > max_window_text_bytes) break;
    clean += one;
    text.remove_prefix(next.bytes);
  }
  return clean;
}

std::string utf8_of_latin1(std::string_view text) {
  std::string utf8;
  utf8.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x80) {
      utf8 += c;
    } else {
      utf8 += static_cast<char>(0xc0U | (byte >> 6U));
      utf8 += static_cast<char>(0x80U | (byte & 0x3fU));
    }
  }
  return utf8;
}

std::string clean_latin1(std::string_view text) {
  return clean_utf8(utf8_of_latin1(text.substr(0, max_window_text_bytes)));
}

std::pair<std::string_view, std::string_view> instance_and_class(std::string_view property) {
  const auto instance = property.substr(0, property.find('\0'));
  auto name = property.substr(instance.size());
  if (!name.empty()) name.remove_prefix(1);
  return {instance, name.substr(0, name.find('\0'))};
}

std::string window_class(std::string_view property) {
  const auto [instance, name] = instance_and_class(property);
  return clean_latin1(name.empty() ? instance : name);
}

} // namespace tier2::x11
