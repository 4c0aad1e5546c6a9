#pragma once

#include "messages/error.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// How the machine is at this moment, in numbers, for who watches it.
namespace tier2 {

/// A place where a file system is mounted.
struct mounted_place {
  std::string path;
  std::string kind; ///< "ext4"
};

/// The local file systems that programs can write to, each once: no shares, nothing in memory, nothing that
/// is read-only, none that a user's program serves. `also` are listed in any case, `except` never. Asks none
/// of them, so it does not hang; at most 64.
std::vector<mounted_place> writable_places(const std::vector<std::string>& also,
                                           const std::vector<std::string>& except);

struct room {
  std::uint64_t total{}, available{};             ///< Bytes; available to ordinary users.
  std::uint64_t files_total{}, files_available{}; ///< How many files it can hold; 0 and 0: it does not say.
  bool read_only{};
};
/// Hangs as long as the file system does: a dead disk may take for ever. `not_found`, `permission_denied`,
/// `io_failed`.
result<room> room_at(const std::string& path);

struct memory_reading {
  std::uint64_t total{}, available{}, swap_total{}, swap_free{}; ///< Bytes.
  /// Percent of the last 60 s in which something waited for memory; nothing where the system does not say.
  std::optional<double> pressure;
};
result<memory_reading> memory_now();

struct load_reading {
  double last_15_minutes{}; ///< Programs that ran or wanted to.
  unsigned processors{1};
};
result<load_reading> load_now();

/// The wall clock less the time since the system started, in which sleep counts: it changes when somebody
/// sets the clock, and not when the clock is slewed or the machine slept.
std::chrono::milliseconds clock_setting();

} // namespace tier2
