#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace tier2 {

class config_reader;

/// Where a measured value becomes an alert and where that is over again. Of what is good when there is much
/// of it (space) a value below `warning` raises, and one of at least `warning_clear` is well again; of what
/// is bad when there is much of it (load) the other way round. `critical` is the worse level.
template <class T>
struct threshold_levels {
  T warning{}, warning_clear{}, critical{}, critical_clear{};
};

/// [thresholds] of agent.toml: what the service watches on this machine. Each key is the member's name and
/// that of the level, for example `disk_warning_percent`, `disk_warning_clear_percent`. A level that is given
/// moves those that are not given along.
struct thresholds_section {
  std::chrono::seconds interval{60};     ///< Between two readings, 1 s..1 h.
  std::chrono::seconds repeat{6 * 3600}; ///< Until what lasts is told again, 10 min..30 d.

  /// Room for ordinary users. Both have to be below their level: 5 % of a large disk are plenty. 0: never.
  threshold_levels<std::uint32_t> disk_percent{10, 12, 3, 5}; ///< 0..100.
  threshold_levels<std::uint64_t> disk_bytes{10ULL << 30U, 12ULL << 30U, 1ULL << 30U, 2ULL << 30U};
  std::chrono::seconds disk_lasts{120}; ///< How long it has to be so, either way, 0..1 d.
  std::vector<std::string> disk_also;   ///< Mount points that are watched whatever they are.
  std::vector<std::string> disk_except; ///< Mount points that are not watched.

  threshold_levels<std::uint32_t> memory_percent{8, 12, 3, 6}; ///< MemAvailable, 0..100; 0: never.
  std::chrono::seconds memory_lasts{300};                      ///< 0..1 d.

  /// Share of time in which something waited for memory, over 60 s; 1..100; 100: never.
  threshold_levels<std::uint32_t> pressure_percent{20, 10, 50, 30};
  std::chrono::seconds pressure_lasts{180}; ///< 0..1 d.

  /// Load average of 15 minutes for each processor, 1..1000000.
  threshold_levels<std::uint32_t> load_percent{300, 200, 1000, 600};
  std::chrono::seconds load_lasts{300}; ///< 0..1 d.

  std::chrono::seconds clock_forward{60}; ///< The clock may be set so far ahead, 1 s..1 d …
  std::chrono::seconds clock_back{5};     ///< … and so far back, without an alert, 1 s..1 d.
};

void read_thresholds(config_reader& reader, thresholds_section& thresholds);

} // namespace tier2
