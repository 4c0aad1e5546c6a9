#include "tools/bench/xvfb.hpp"

#include <fcntl.h>
#include <stdexcept>
#include <unistd.h>

namespace tier2::bench {

namespace {

std::vector<std::string> command_line(const xvfb::options& what, int ready_fd) {
  const auto size =
      std::to_string(what.width) + "x" + std::to_string(what.height) + "x" + std::to_string(what.depth);
  // Without -noreset monitors and layouts vanish with the last client.
  std::vector<std::string> argv{
      "Xvfb", "-noreset", "-nolisten", "tcp", "-displayfd", std::to_string(ready_fd), "-screen", "0", size};
  argv.insert(argv.end(), what.more.begin(), what.more.end());
  return argv;
}

} // namespace

xvfb::ready_pipe::ready_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error{"pipe failed"};
  read_end = ends[0];
  write_end = ends[1];
}

xvfb::ready_pipe::~ready_pipe() {
  close(read_end);
  if (write_end >= 0) close(write_end);
}

xvfb::xvfb(const options& what) : xvfb{what, ready_pipe{}} {}

xvfb::xvfb(const options& what, ready_pipe&& ready)
    : server_{command_line(what, ready.write_end), {}, ready.write_end} {
  close(ready.write_end);
  ready.write_end = -1;
  std::string number;
  char c{};
  while (read(ready.read_end, &c, 1) == 1 && c != '\n')
    number += c;
  if (number.empty()) throw std::runtime_error{"Xvfb did not start; is the package xvfb installed?"};
  display_ = ":" + number;
}

child_process xvfb::start(std::vector<std::string> argv) const {
  return child_process{std::move(argv), {{"DISPLAY", display_}}};
}

} // namespace tier2::bench
