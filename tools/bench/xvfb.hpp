#pragma once

#include "tools/bench/child_process.hpp"

#include <string>
#include <vector>

namespace tier2::bench {

/// An X server of its own for a bench or test, on a display number that was free; ended with this object.
class xvfb {
public:
  struct options {
    int width{1280};
    int height{720};
    int depth{24};
    std::vector<std::string> more; ///< Further arguments, for example {"-extension", "MIT-SHM"}.
  };
  /// Returns when the server answers; throws std::runtime_error when it does not start.
  explicit xvfb(const options& what);
  xvfb() : xvfb{options{}} {}

  const std::string& display() const { return display_; } ///< ":7"
  pid_t pid() const { return server_.pid(); }
  void stop() { server_.stop(); }
  /// Starts a client of this display.
  child_process start(std::vector<std::string> argv) const;
  /// Runs one to its end; its exit status.
  int run(std::vector<std::string> argv) const { return start(std::move(argv)).wait(); }

private:
  struct ready_pipe {
    int read_end{-1}, write_end{-1};
    ready_pipe();
    ~ready_pipe();
    ready_pipe(const ready_pipe&) = delete;
    ready_pipe& operator=(const ready_pipe&) = delete;
  };
  xvfb(const options& what, ready_pipe&& ready);
  child_process server_;
  std::string display_;
};

} // namespace tier2::bench
