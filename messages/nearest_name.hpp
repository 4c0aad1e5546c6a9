#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tier2 {

/// Which of the names was meant by a mistyped one: the nearest by optimal string alignment distance
/// (insertions, deletions, replacements and swaps of neighbours), when it is near enough to be worth saying;
/// else empty.
std::string nearest_name(std::string_view typed, const std::vector<std::string>& names);

} // namespace tier2
