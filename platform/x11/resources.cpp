#include "platform/x11/resources.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace tier2::x11 {

double scale_of(std::string_view resources) {
  constexpr std::string_view name = "Xft.dpi:";
  constexpr std::string_view blanks = " \t";
  while (!resources.empty()) {
    auto line = resources.substr(0, resources.find('\n'));
    resources.remove_prefix(std::min(line.size() + 1, resources.size()));
    if (!line.starts_with(name)) continue;
    line.remove_prefix(name.size());
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    double dots{};
    const auto [end, wrong] = std::from_chars(line.data(), line.data() + line.size(), dots);
    if (wrong == std::errc{} && dots >= 48 && dots <= 960) return std::round(dots / 96 * 100) / 100;
    return 1;
  }
  return 1;
}

} // namespace tier2::x11
