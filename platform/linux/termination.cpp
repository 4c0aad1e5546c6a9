#include "platform/linux/unique_fd.hpp"
#include "platform/process.hpp"

#include <csignal>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <system_error>

namespace tier2 {

struct termination::state {
  os::unique_fd signals, requests;
  sigset_t before{};
};

termination::termination() : state_{std::make_unique<state>()} {
  sigset_t ending;
  ::sigemptyset(&ending);
  ::sigaddset(&ending, SIGINT);
  ::sigaddset(&ending, SIGTERM);
  // The session's end; nohup(1) has it ignored, and that stays so.
  struct sigaction hangup{};
  if (::sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
    ::sigaddset(&ending, SIGHUP);
  ::pthread_sigmask(SIG_BLOCK, &ending, &state_->before);
  // A peer that goes away is an error of the write to it, not our end.
  ::signal(SIGPIPE, SIG_IGN); // NOLINT(cert-err33-c): cannot fail for SIGPIPE
  state_->signals = os::unique_fd{::signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK)};
  state_->requests = os::unique_fd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (!state_->signals || !state_->requests)
    throw std::system_error{errno, std::generic_category(), "Could not watch for signals"};
}

termination::~termination() {
  // A second Ctrl-C while we were ending must not kill us at the last moment.
  signalfd_siginfo pending{};
  while (::read(state_->signals.get(), &pending, sizeof pending) > 0) {
  }
  ::pthread_sigmask(SIG_SETMASK, &state_->before, nullptr);
}

void termination::wait() {
  pollfd events[] = {{state_->signals.get(), POLLIN, 0}, {state_->requests.get(), POLLIN, 0}};
  while (::poll(events, 2, -1) <= 0) {
  }
}

void termination::request() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto told = ::write(state_->requests.get(), &one, sizeof one);
}

} // namespace tier2
