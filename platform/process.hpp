#pragma once

#include "messages/error.hpp"
#include "messages/uuid.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tier2 {

/// No core dump of this process, by whatever way: what it holds is private.
result<void> forbid_core_dumps();

/// Runs a program without a shell, with no standard input, and returns at most `max_bytes` of its output.
/// Killed with its whole group and `timed_out` after `limit`; `not_found` when there is no such program;
/// `refused` with the text of its standard error when it ends with another status than 0.
result<std::string> run_program(const std::vector<std::string>& argv, std::chrono::milliseconds limit,
                                std::size_t max_bytes);

/// Starts a program that lives on after us (a browser) and does not wait for it.
result<void> start_program(const std::vector<std::string>& argv);

/// The lock of the one instance in this session, released by the kernel when the process ends.
class instance_lock {
public:
  /// `already_running` when another process holds it. Makes the directory (0700) when it is missing; refuses
  /// one that belongs to somebody else or that others may write to.
  static result<std::unique_ptr<instance_lock>> acquire(const std::string& directory,
                                                        const std::string& name);
  virtual ~instance_lock() = default;
};

/// Blocks the termination signals of the whole process when constructed (before any thread) and waits for
/// one.
class termination {
public:
  termination();
  ~termination();
  termination(const termination&) = delete;
  termination& operator=(const termination&) = delete;
  /// Returns when SIGINT, SIGTERM or (unless it is ignored, as by nohup) SIGHUP arrived, or `request` was
  /// called.
  void wait();
  /// From any thread.
  void request();

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// How far a thread steps back: `recording` so little that it still keeps up on a busy machine, which is when
/// people ask for help; `encoding` behind everything that people or commands wait for.
enum class background : std::uint8_t { recording, encoding };
/// The calling thread gives way to whatever else wants the processor: pictures and tickets must not slow down
/// the user's work, nor a command.
void give_way(background what);
/// The process comes a little before the programs of users, where it may: before it has other threads, which
/// inherit it as all that it starts does.
void take_precedence();

/// $XDG_RUNTIME_DIR/tier2, or a private directory below the system's temporary one when there is none.
std::string default_runtime_directory();
/// The name of the user that we run as, and of the session.
std::string current_user();
std::string current_session();
/// The boot's id from the kernel, or a random one for this process where there is none.
uuid boot_id();
/// A random version 4 UUID.
uuid random_uuid();

} // namespace tier2
