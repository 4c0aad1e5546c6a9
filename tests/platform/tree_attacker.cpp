// A program that does not want to end. Whatever happens, it is over after 60 s.
// tree_attacker comet CHAINS | leaps CHAINS | caterpillar CHAINS   (says "ready", then runs away)
// tree_attacker trace PID | keyring

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <linux/keyctl.h>
#include <string_view>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

using clock_type = std::chrono::steady_clock;
const auto over_at = clock_type::now() + std::chrono::seconds{60};

/// Each is a new process that starts the next; the one before goes, or stays as its parent.
[[noreturn]] void run_away(bool new_session, bool stay) {
  while (clock_type::now() < over_at) {
    const pid_t next = ::fork();
    if (next > 0 && !stay) ::_exit(0);
    while (next > 0 && clock_type::now() < over_at)
      ::sleep(1);
    if (next == 0 && new_session) ::setsid();
  }
  ::_exit(0);
}

int start_chains(std::string_view kind, int chains) {
  std::signal(SIGTERM, SIG_IGN);
  for (int chain = 0; chain < chains; ++chain)
    if (::fork() == 0) run_away(kind != "comet", kind == "caterpillar");
  std::puts("ready");
  return 0;
}

/// Holds the process, whose end its parent then does not hear of, and never waits for it.
int hold(pid_t process) {
  if (::ptrace(PTRACE_SEIZE, process, nullptr, nullptr) != 0) return 1;
  std::puts("holding");
  std::fflush(stdout);
  while (clock_type::now() < over_at)
    ::sleep(1);
  return 0;
}

} // namespace

int main(int count, char** words) {
  const std::string_view kind{count > 1 ? words[1] : ""};
  if (kind == "trace" && count == 3) return hold(std::atoi(words[2]));
  if (kind == "keyring") {
    std::printf("%ld\n", ::syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
    return 0;
  }
  if (count == 3) return start_chains(kind, std::atoi(words[2]));
  return 2;
}
