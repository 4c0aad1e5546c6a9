#pragma once

#include <string_view>

namespace tier2::x11 {

/// How much larger than on a screen of 96 dots an inch everything is meant to be, from `Xft.dpi` in the text
/// of the root window's RESOURCE_MANAGER; 1 where it is not set or makes no sense (below 48 or above 960).
double scale_of(std::string_view resources);

} // namespace tier2::x11
