#include "tools/cloud/port_limits.hpp"

#include <bit>
#include <spdlog/spdlog.h>

namespace tier2::cloud {

void note(port_counters::count& counter, std::string_view what) {
  const auto times = ++counter;
  if (times >= 64 && std::has_single_bit(times))
    spdlog::warn("At the console's port, {} ({} so far).", what, times);
}

} // namespace tier2::cloud
