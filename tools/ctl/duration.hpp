#pragma once

#include "messages/error.hpp"

#include <chrono>
#include <string_view>

namespace tier2::ctl {

/// A whole number with a unit: 90s, 15m, 1h (a number alone is seconds); 1 s to 366 days.
result<std::chrono::seconds> parse_duration(std::string_view text);

} // namespace tier2::ctl
