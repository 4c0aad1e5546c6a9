#include "platform/linux/private_open.hpp"
#include "platform/linux/program.hpp"
#include "platform/linux/system_error.hpp"
#include "platform/linux/unique_fd.hpp"
#include "platform/process.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace tier2 {

namespace {

using os::unique_fd;
using std::chrono::steady_clock;
constexpr std::size_t max_complaint_bytes = 4096;
constexpr std::size_t most_input_bytes = 16U << 10U;

struct pipe_ends {
  unique_fd read, write;
};

result<pipe_ends> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os::fail_with("Could not make a pipe", errno);
  pipe_ends made{unique_fd{ends[0]}, unique_fd{ends[1]}};
  // Only our end: the program's own must block as it expects.
  ::fcntl(made.read.get(), F_SETFL, O_NONBLOCK);
  return made;
}

/// A started program that leads a group of its own; killed with the group and reaped at the latest in the
/// end.
class child {
public:
  // By its number: the C++ declaration in glibc 2.36 (sys/pidfd.h) does not link.
  explicit child(pid_t pid) : pid_{pid}, exit_{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))} {}
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child() { finish(); }
  /// Readable when the program has ended.
  int exit_event() const { return exit_.get(); }
  /// Kills what is left of the group and says how the program ended. Until it is reaped its number stays
  /// taken, so the group that is killed can be no other.
  int finish() {
    if (pid_ <= 0) return status_;
    ::kill(-pid_, SIGKILL);
    while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return status_;
  }

private:
  pid_t pid_;
  unique_fd exit_;
  int status_{};
};

/// `in` is a descriptor, or -1: nothing is there to read.
int spawn(const std::string& program, const std::vector<std::string>& argv, int in, int out, int err,
          pid_t& pid) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t how;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&how);
  if (in < 0)
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  else
    ::posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
  ::posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&how, &none);
  ::posix_spawnattr_setsigdefault(&how, &all);
  ::posix_spawnattr_setpgroup(&how, 0);
  ::posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const int number =
      ::posix_spawn(&pid, program.c_str(), &files, &how, os::argument_pointers(argv).data(), environ);
  ::posix_spawnattr_destroy(&how);
  ::posix_spawn_file_actions_destroy(&files);
  return number;
}

/// Takes what is there, keeps at most `max_bytes` of it; false at the end of the stream.
bool drain(const unique_fd& from, private_bytes& into, std::size_t max_bytes) {
  private_bytes buffer(16384);
  const auto count = ::read(from.get(), buffer.data(), buffer.size());
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  const auto kept = std::min(static_cast<std::size_t>(count), max_bytes - into.size());
  into.insert(into.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(kept));
  return count > 0;
}

std::string text_of(const private_bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A pipe that holds the whole input already and then ends.
result<unique_fd> make_input(std::span<const std::byte> input) {
  if (input.size() > most_input_bytes)
    return fail(errc::too_large, "More than fits into a pipe cannot be given to a program.");
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return os::fail_with("Could not make a pipe", errno);
  unique_fd read{ends[0]}, write{ends[1]};
  if (auto written = os::write_all(write.get(), input, "a pipe"); !written)
    return tl::unexpected(written.error());
  return read;
}

std::string ending(int status) {
  if (WIFSIGNALED(status)) return "was ended by signal " + std::to_string(WTERMSIG(status));
  return "ended with status " + std::to_string(WEXITSTATUS(status));
}

result<private_bytes> run(const std::vector<std::string>& argv, int in, std::chrono::milliseconds limit,
                          std::size_t max_bytes) {
  if (argv.empty()) return fail(errc::invalid_argument, "No program was named.");
  const auto program = os::find_program(argv.front());
  if (!program) return tl::unexpected(program.error());
  auto out = make_pipe();
  auto err = make_pipe();
  if (!out || !err) return tl::unexpected(out ? err.error() : out.error());
  pid_t pid = 0;
  if (const int number = spawn(*program, argv, in, out->write.get(), err->write.get(), pid); number != 0)
    return os::fail_with("Could not start " + *program, number);
  child running{pid};
  if (running.exit_event() < 0) return os::fail_with("Could not watch " + *program, errno);
  out->write.reset();
  err->write.reset();

  private_bytes output, complaint;
  const auto deadline = steady_clock::now() + limit;
  std::array<pollfd, 3> events{
      pollfd{running.exit_event(), POLLIN, 0}, {out->read.get(), POLLIN, 0}, {err->read.get(), POLLIN, 0}};
  while (events[0].revents == 0) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
    if (left <= 0)
      return fail(errc::timed_out, argv.front() + " did not finish within " + std::to_string(limit.count()) +
                                       " ms and was ended.");
    if (::poll(events.data(), events.size(), static_cast<int>(std::min<std::int64_t>(left, 60'000))) < 0 &&
        errno != EINTR)
      return os::fail_with("Could not wait for " + argv.front(), errno);
    if (events[1].revents != 0 && !drain(out->read, output, max_bytes)) events[1].fd = -1;
    if (events[2].revents != 0 && !drain(err->read, complaint, max_complaint_bytes)) events[2].fd = -1;
  }
  const int status = running.finish();
  // What it wrote last is still in the pipes; a descendant that left the group may hold them open, so no
  // waiting.
  const auto empty = [](const unique_fd& from, private_bytes& into, std::size_t max) {
    pollfd more{from.get(), POLLIN, 0};
    for (int chunks = 0; chunks < 64 && ::poll(&more, 1, 0) > 0 && drain(from, into, max); ++chunks) {
    }
  };
  empty(out->read, output, max_bytes);
  empty(err->read, complaint, max_complaint_bytes);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return output;
  auto said = text_of(complaint);
  while (said.ends_with('\n'))
    said.pop_back();
  return fail(errc::refused, argv.front() + " " + ending(status) + (said.empty() ? "." : ": " + said));
}

} // namespace

result<std::string> run_program(const std::vector<std::string>& argv, std::chrono::milliseconds limit,
                                std::size_t max_bytes) {
  const auto output = run(argv, -1, limit, max_bytes);
  if (!output) return tl::unexpected(output.error());
  return text_of(*output);
}

result<private_bytes> os::filter(const std::vector<std::string>& argv, std::span<const std::byte> input,
                                 std::chrono::milliseconds limit, std::size_t max_bytes) {
  const auto in = make_input(input);
  if (!in) return tl::unexpected(in.error());
  return run(argv, in->get(), limit, max_bytes);
}

} // namespace tier2
