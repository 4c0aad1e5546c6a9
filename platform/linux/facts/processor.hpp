#pragma once

#include "messages/error.hpp"

#include <string>
#include <string_view>

namespace tier2::os {

/// Model, cores, threads and load from the texts of /proc/cpuinfo and /proc/loadavg (proc(5)).
result<std::string> describe_processor(std::string_view cpuinfo, std::string_view loadavg);

/// Memory and swap from the text of /proc/meminfo.
result<std::string> describe_memory(std::string_view meminfo);

result<std::string> processor();
result<std::string> memory();

} // namespace tier2::os
