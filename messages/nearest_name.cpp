#include "messages/nearest_name.hpp"

#include <algorithm>
#include <cstddef>

namespace tier2 {

namespace {
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        now[j] = std::min(now[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, now);
  }
  return last[b.size()];
}
} // namespace

std::string nearest_name(std::string_view typed, const std::vector<std::string>& names) {
  if (typed.empty() || typed.size() > 64) return {};
  std::string nearest;
  std::size_t least = typed.size() / 3 + 2;
  for (const auto& name : names) {
    const auto steps = distance(typed, name);
    if (steps < least && steps < name.size()) {
      least = steps;
      nearest = name;
    }
  }
  if (!nearest.empty()) return nearest;
  // "age" for "age_s", "log_level" for "level": one within the other.
  for (const auto& name : names)
    if (typed.size() >= 3 && name.size() >= 3 &&
        (name.find(typed) != std::string::npos || typed.find(name) != std::string_view::npos))
      return name;
  return {};
}

} // namespace tier2
