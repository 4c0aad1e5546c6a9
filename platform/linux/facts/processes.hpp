#pragma once

#include "messages/error.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace tier2::os {

/// A process as /proc shows it. Its name only, never its arguments: those can hold passwords.
struct process_sample {
  pid_t pid{};
  std::string name;
  std::string user;
  std::uint64_t ticks{};   ///< Processor time so far, user and system, in clock ticks.
  std::uint64_t started{}; ///< Tells processes with the same number apart.
  std::uint64_t rss_pages{};
};

/// From the text of a /proc/<pid>/stat (proc(5)); the user is left out.
std::optional<process_sample> parse_stat(std::string_view text);

struct sample_units {
  double seconds{};
  std::uint64_t ticks_per_second{}, page_bytes{};
};

/// The `count` busiest between two samples, and the `count` largest of the second.
std::string describe_processes(const std::vector<process_sample>& before,
                               const std::vector<process_sample>& after, const sample_units& units,
                               std::size_t count);

result<std::string> processes();

} // namespace tier2::os
