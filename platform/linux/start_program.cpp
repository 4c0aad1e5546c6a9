#include "platform/linux/program.hpp"
#include "platform/linux/system_error.hpp"
#include "platform/linux/unique_fd.hpp"
#include "platform/process.hpp"

#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tier2 {

namespace {

/// In the new process, between fork and exec: only what is async-signal-safe (signal-safety(7)).
[[noreturn]] void become(const char* program, char* const* argv, int report) {
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction standard{};
    standard.sa_handler = SIG_DFL;
    ::sigaction(number, &standard, nullptr); // fails for SIGKILL and SIGSTOP, which is fine
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr); // NOLINT(concurrency-mt-unsafe): there is one thread here
  const int null = ::open("/dev/null", O_RDWR);
  if (null >= 0) {
    ::dup2(null, STDIN_FILENO);
    ::dup2(null, STDOUT_FILENO);
    ::dup2(null, STDERR_FILENO);
  }
  constexpr int kept = STDERR_FILENO + 1;
  if (report != kept) ::dup2(report, kept);
  ::fcntl(kept, F_SETFD, FD_CLOEXEC);
  ::close_range(kept + 1, ~0U, 0);
  ::execve(program, argv, environ);
  const int number = errno;
  [[maybe_unused]] const auto told = ::write(kept, &number, sizeof number);
  ::_exit(127);
}

} // namespace

result<void> start_program(const std::vector<std::string>& argv) {
  if (argv.empty()) return fail(errc::invalid_argument, "No program was named.");
  const auto program = os::find_program(argv.front());
  if (!program) return tl::unexpected(program.error());
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os::fail_with("Could not make a pipe", errno);
  const os::unique_fd report{ends[0]};
  os::unique_fd told{ends[1]};
  const auto pointers = os::argument_pointers(argv);

  // Forked twice: the middle one ends at once and is reaped, and what is started belongs to init from then
  // on.
  const pid_t middle = ::fork();
  if (middle < 0) return os::fail_with("Could not start " + *program, errno);
  if (middle == 0) {
    ::setsid();
    const pid_t last = ::fork();
    if (last == 0) become(program->c_str(), pointers.data(), told.get());
    if (last < 0) {
      const int number = errno;
      [[maybe_unused]] const auto written = ::write(told.get(), &number, sizeof number);
    }
    ::_exit(0);
  }
  told.reset();
  while (::waitpid(middle, nullptr, 0) < 0 && errno == EINTR) {
  }
  int number = 0;
  ssize_t count = 0;
  while ((count = ::read(report.get(), &number, sizeof number)) < 0 && errno == EINTR) {
  }
  if (count == sizeof number) return os::fail_with("Could not start " + *program, number);
  return {};
}

} // namespace tier2
