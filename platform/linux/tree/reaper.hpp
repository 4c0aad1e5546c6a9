#pragma once

#include "platform/linux/unique_fd.hpp"

#include <chrono>
#include <sys/types.h>

namespace tier2::os {

/// Waits for the children of a process with one thread in which SIGCHLD is blocked, and remembers how one of
/// them, the program itself, ended.
class reaper {
public:
  reaper();
  /// Whether it can work at all, and makes this process the parent of all orphans below it.
  bool adopt();
  void watch(pid_t child);
  /// Readable when somebody has died.
  int deaths() const { return deaths_.get(); }
  /// Readable when the program has; a debugger, who may be anybody of its account, can keep that from
  /// `deaths`, and from waitpid(2), for as long as he likes.
  int exit() const { return exit_.get(); }
  /// Reaps whoever can be; whether there was somebody.
  bool reap();
  /// Whether there is no child, ended or not.
  static bool childless();

  bool gone() const { return gone_; }
  /// Whether the program has ended already, although that was not noticed yet.
  bool ended() const;
  /// As from waitpid(2), once it is gone.
  int status() const { return status_; }
  std::chrono::milliseconds lasted() const;
  /// For one that cannot be ended: as if it had been by the signal.
  void assume(int signal);

private:
  void is_gone(int status);
  using clock = std::chrono::steady_clock;
  unique_fd deaths_, exit_;
  pid_t child_{};
  clock::time_point born_, died_;
  int status_{};
  bool gone_{};
};

} // namespace tier2::os
