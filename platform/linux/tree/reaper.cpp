#include "platform/linux/tree/reaper.hpp"

#include "platform/linux/tree/descendants.hpp"

#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace tier2::os {

reaper::reaper() {
  sigset_t deaths;
  ::sigemptyset(&deaths);
  ::sigaddset(&deaths, SIGCHLD);
  deaths_ = unique_fd{::signalfd(-1, &deaths, SFD_CLOEXEC | SFD_NONBLOCK)};
}

bool reaper::adopt() { return deaths_ && ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0; }

void reaper::watch(pid_t child) {
  child_ = child;
  born_ = clock::now();
  exit_ = unique_fd{static_cast<int>(::syscall(SYS_pidfd_open, child, 0))};
}

bool reaper::reap() {
  bool died = false;
  signalfd_siginfo death;
  while (::read(deaths_.get(), &death, sizeof death) > 0) {
  }
  for (;;) {
    int status = 0;
    const auto process = ::waitpid(-1, &status, WNOHANG);
    if (process < 0 && errno == EINTR) continue;
    if (process <= 0) break;
    died = true;
    if (process == child_) is_gone(status);
  }
  if (gone_ || !exit_) return died;
  pollfd exit{exit_.get(), POLLIN, 0};
  if (::poll(&exit, 1, 0) <= 0) return died;
  int status = 0;
  if (::waitpid(child_, &status, WNOHANG) != child_) { // its debugger's to wait for
    const auto entry = look_at(child_);
    status = entry ? entry->exit_status : 0;
  }
  is_gone(status);
  return true;
}

bool reaper::childless() {
  siginfo_t any{};
  return ::waitid(P_ALL, 0, &any, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
}

bool reaper::ended() const {
  pollfd exit{exit_.get(), POLLIN, 0};
  return gone_ || (exit_ && ::poll(&exit, 1, 0) > 0);
}

std::chrono::milliseconds reaper::lasted() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(died_ - born_);
}

void reaper::assume(int signal) { is_gone(signal); }

void reaper::is_gone(int status) {
  gone_ = true;
  status_ = status;
  died_ = clock::now();
  exit_.reset();
}

} // namespace tier2::os
