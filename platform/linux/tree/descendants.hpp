#pragma once

#include "platform/linux/unique_fd.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace tier2::os {

/// A process as /proc/<pid>/stat has it (proc(5)). Number and start time together name one process only.
struct process_entry {
  pid_t process{};
  pid_t parent{};
  pid_t session{};
  std::uint64_t started{}; ///< Clock ticks since boot.
  char state{};            ///< 'Z' for one that has ended and is not reaped.
  unsigned threads{1};     ///< Also those that have ended and are not reaped.
  int exit_status{};       ///< As from waitpid(2), of one that has ended; 0 where we may not know.
  bool operator==(const process_entry& other) const {
    return process == other.process && parent == other.parent && started == other.started;
  }
};

/// Nothing for a text that is not of that form.
std::optional<process_entry> parse_process_entry(std::string_view stat);
/// Nothing when there is no such process.
std::optional<process_entry> look_at(pid_t process);

/// One process for good: its directory in /proc, which never becomes that of another one.
class process_handle {
public:
  /// Holds nothing when there is no such process.
  explicit process_handle(pid_t process);
  std::optional<process_entry> look() const;
  /// pidfd_send_signal(2); false when it is gone, or is no longer ours to signal.
  bool signal(int number) const;
  /// Also true for one that has ended and is not reaped: its number is still its own.
  bool exists() const;
  /// Whether each of its threads has ended. It may be unreaped for as long as a debugger likes.
  bool ended(const process_entry& now) const;
  /// The numbers of its children, by whichever thread. By what the kernel keeps for each thread, so that
  /// processes elsewhere cost nothing; a kernel without CONFIG_PROC_CHILDREN makes us read all of /proc.
  std::vector<pid_t> children(const process_entry& now) const;

private:
  pid_t process_;
  unique_fd directory_;
};

/// What `process_handle::children` does on a kernel that does not list them.
std::vector<pid_t> search_children(pid_t parent);

/// Which children of ours, with all below them, are meant.
using chosen_child = std::function<bool(const process_entry&)>;
using descendant_visit = std::function<void(const process_handle&, const process_entry&)>;

/// Visits our own descendants below the chosen children, those included, each before its children. A process
/// is visited only when it named a parent that was still there, and still ours, afterwards: no number given
/// away anew while we read makes a stranger one of ours. Who was below us once stays so, for we are the
/// reaper of all below us (PR_SET_CHILD_SUBREAPER). What lies deeper than 200 is left to a later visit.
void visit_descendants(const chosen_child& which, const descendant_visit& visit);

/// All of them; also those that have ended and are not reaped.
std::vector<process_entry> descendants(const chosen_child& which);
/// Those that have not ended.
std::vector<process_entry> living_descendants(const chosen_child& which);

} // namespace tier2::os
