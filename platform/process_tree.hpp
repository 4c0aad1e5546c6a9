#pragma once

#include "messages/command.hpp"
#include "messages/error.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tier2 {

/// The account of a login session, by the kernel's word, and what of its environment a program there needs.
struct session_account {
  std::string account; ///< Numeric user id, or a SID.
  std::string session;
  std::map<std::string, std::string> environment; ///< DISPLAY and the like.
};

/// A program started for a signed command, and all that it starts: a session of its own, contained so that
/// nothing of it outlives its end (cgroup v2 where there is one, else a subreaper), its output read only as
/// fast as it is wanted. All callbacks come from a thread of its own.
class process_tree {
public:
  struct options {
    uuid jti;
    run_command what;
    session_account user;         ///< With `as: user`.
    std::string keeper;           ///< The program tier2-runner; empty: beside this program.
    std::string script_directory; ///< Where scripts lie while they run; made when it is missing (root, 0711).
    std::string cgroup;           ///< As `[commands] cgroup` of the configuration.
    std::uint64_t credit{8ULL << 20U}; ///< Bytes of output that may be read before `add_credit`.
    std::chrono::milliseconds kill_after{
        5000}; ///< From TERM to KILL, at a time-out, a cancel or an overflow.
  };
  enum class stream : std::uint8_t { out = 1, err = 2 };
  struct callbacks {
    /// At most 64 KiB at a time, in order for each stream; what lies beyond `max_output_bytes` never comes.
    /// What is in the pipes when the tree is gone comes without credit (64 KiB a stream, at most 1 MiB), so
    /// that the end waits for nobody.
    std::function<void(stream, std::uint64_t offset, std::vector<std::byte>)> on_output;
    /// Exactly once, the last callback: the whole tree is gone. A process that cannot be ended (one that the
    /// system holds in an uninterruptible sleep) delays it to at most 20 s after the first KILL; then
    /// `detail` says so.
    std::function<void(command_exit)> on_exit;
  };
  /// Starts it; whatever goes wrong is an `on_exit` with `spawn_failed` and a sentence.
  static std::unique_ptr<process_tree> start(options what, callbacks tell);
  /// Kills what is left, at once, and joins the thread. Not from a callback.
  virtual ~process_tree() = default;
  /// From any thread: so many more bytes may be read.
  virtual void add_credit(std::uint64_t bytes) = 0;
  /// From any thread: TERM, then KILL; the exit says `cancelled`.
  virtual void cancel() = 0;
  /// From any thread: KILL at once; the exit says `interrupted`. The destructor does this and waits: with
  /// many trees, call it for all before the first is destroyed.
  virtual void end() = 0;
};

/// Whether the kernel itself holds a tree together here (on Linux a cgroup v2), given `[commands] cgroup`;
/// without, a process with the right friends outside can escape. Tries it; takes some milliseconds.
bool kernel_contains_trees(const std::string& cgroup);

/// The shells of this machine that a `run` may ask for, for example {"sh", "bash", "exec"}.
std::vector<std::string> available_shells();

} // namespace tier2
