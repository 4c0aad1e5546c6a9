#pragma once

#include <csignal>
#include <functional>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace tier2::test {

/// A forked child that runs `body` and ends with its result as exit status; killed at the end if it still
/// runs.
class child_process {
public:
  explicit child_process(const std::function<int()>& body) : pid_{::fork()} {
    if (pid_ < 0) throw std::runtime_error{"fork failed"};
    if (pid_ == 0) ::_exit(body());
  }
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;
  ~child_process() { kill(); }
  pid_t pid() const { return pid_; }
  /// The wait status (waitpid(2)).
  int wait() {
    if (pid_ > 0) ::waitpid(pid_, &status_, 0);
    pid_ = 0;
    return status_;
  }
  /// The exit status, -1 when a signal ended it.
  int exit_status() {
    const int status = wait();
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  void kill() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    wait();
  }

private:
  pid_t pid_;
  int status_{};
};

} // namespace tier2::test
