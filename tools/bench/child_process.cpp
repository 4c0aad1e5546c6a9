#include "tools/bench/child_process.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace tier2::bench {

namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (auto& text : texts)
    all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

std::vector<std::string> merged(const child_process::environment& extra) {
  std::vector<std::string> all;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string entry{*each};
    bool replaced = false;
    for (const auto& [name, value] : extra)
      replaced = replaced || entry.rfind(name + "=", 0) == 0;
    if (!replaced) all.push_back(entry);
  }
  for (const auto& [name, value] : extra)
    all.push_back(name + "=" + value);
  return all;
}

} // namespace

child_process::child_process(std::vector<std::string> argv, const environment& extra, int keep_fd) {
  auto variables = merged(extra);
  const auto arguments = pointers(argv);
  const auto settings = pointers(variables);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error{"fork failed"};
  if (pid_ != 0) return;

  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nowhere = open("/dev/null", O_RDWR);
  for (int standard = 0; standard < 3; ++standard)
    if (standard != keep_fd) dup2(nowhere, standard);
  if (keep_fd >= 0) fcntl(keep_fd, F_SETFD, 0);
  execvpe(arguments[0], arguments.data(), settings.data());
  _exit(127);
}

child_process::~child_process() { stop(); }

void child_process::stop() {
  if (pid_ <= 0) return;
  kill(pid_, SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{5};
  while (waitpid(pid_, nullptr, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > deadline) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  pid_ = -1;
}

child_process::ending child_process::wait_measured() {
  int status = -1;
  rusage used{};
  while (wait4(pid_, &status, 0, &used) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  const auto seconds = [](const timeval& time) {
    return std::chrono::duration<double>{static_cast<double>(time.tv_sec) +
                                         static_cast<double>(time.tv_usec) * 1e-6};
  };
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, seconds(used.ru_utime) + seconds(used.ru_stime)};
}

} // namespace tier2::bench
