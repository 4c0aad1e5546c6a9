#pragma once

#include "platform/readings.hpp"

#include <string_view>

namespace tier2::os {

/// From the text of a /proc/self/mountinfo (proc(5)).
std::vector<mounted_place> writable_places(std::string_view mountinfo);
/// From those of /proc/meminfo and /proc/pressure/memory; `malformed`.
result<memory_reading> parse_memory(std::string_view meminfo, std::string_view pressure);
/// From that of /proc/loadavg; `malformed`.
result<double> parse_load(std::string_view loadavg);

} // namespace tier2::os
