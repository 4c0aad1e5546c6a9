#pragma once

#include <chrono>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace tier2::bench {

/// A program that a bench or test started; ended by its id with this object. Its output is thrown away.
class child_process {
public:
  using environment = std::vector<std::pair<std::string, std::string>>;
  /// Throws std::runtime_error when it cannot be started. `keep_fd` stays open in the child; -1: none.
  explicit child_process(std::vector<std::string> argv, const environment& extra = {}, int keep_fd = -1);
  child_process(child_process&& other) noexcept : pid_{std::exchange(other.pid_, -1)} {}
  child_process& operator=(child_process&&) = delete;
  ~child_process();

  pid_t pid() const { return pid_; }
  /// Ends it (SIGTERM, after five seconds SIGKILL) and waits for it.
  void stop();
  /// Waits for it to end by itself; its exit status, or -1 when a signal ended it.
  int wait() { return wait_measured().status; }
  struct ending {
    int status{-1};                      ///< As `wait` tells it.
    std::chrono::duration<double> cpu{}; ///< User and system time of it and its own children.
  };
  ending wait_measured();

private:
  pid_t pid_{-1};
};

} // namespace tier2::bench
