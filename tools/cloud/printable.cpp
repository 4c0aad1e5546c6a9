#include "tools/cloud/printable.hpp"

namespace tier2::cloud {

std::string printable(std::string_view text) {
  constexpr std::size_t most = 200;
  constexpr std::string_view hex = "0123456789abcdef";
  std::string safe;
  for (const char c : text.substr(0, most)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\\') {
      safe += c;
      continue;
    }
    safe += "\\x";
    safe += hex[byte >> 4U];
    safe += hex[byte & 15U];
  }
  if (text.size() > most) safe += "...";
  return safe;
}

} // namespace tier2::cloud
