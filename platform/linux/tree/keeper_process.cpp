#include "platform/linux/tree/keeper_process.hpp"

#include "platform/linux/system_error.hpp"
#include "platform/linux/tree/descendants.hpp"
#include "platform/linux/tree/killing.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <mutex>
#include <poll.h>
#include <set>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <vector>

namespace tier2::os {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds longest_pause{1000};
constexpr std::chrono::seconds longest_killing{5};
/// For a keeper that has said its last, and again for one that was killed.
constexpr std::chrono::seconds keeper_farewell{2};

/// The keepers that are not reaped yet. Held while one is started or reaped and while orphans are looked for,
/// so that no keeper is taken for an orphan.
struct keeper_list {
  std::mutex mutex;
  std::set<pid_t> processes;
};
keeper_list& keepers() {
  static keeper_list all;
  return all;
}

unique_fd open_process(pid_t process) {
  // By its number: the C++ declaration in glibc 2.36 (sys/pidfd.h) does not link.
  return unique_fd{static_cast<int>(::syscall(SYS_pidfd_open, process, 0))};
}

/// Above the numbers that the new process uses, so that none is overwritten before it was copied.
result<unique_fd> out_of_the_way(int fd) {
  constexpr int first_free = 16;
  unique_fd copy{::fcntl(fd, F_DUPFD_CLOEXEC, first_free)};
  if (!copy) return fail_with("Could not start a command", errno);
  return copy;
}

int spawn(const std::string& program, const int (&from)[4], pid_t& process) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t how;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&how);
  for (int to = 0; to <= keeper_socket; ++to)
    ::posix_spawn_file_actions_adddup2(&files, from[to], to);
  ::posix_spawn_file_actions_addclosefrom_np(&files, keeper_socket + 1);
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&how, &none);
  ::posix_spawnattr_setsigdefault(&how, &all);
  ::posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  char name[] = "tier2-runner";
  char* argv[] = {name, nullptr};
  char* environment[] = {nullptr};
  const int number = ::posix_spawn(&process, program.c_str(), &files, &how, argv, environment);
  ::posix_spawnattr_destroy(&how);
  ::posix_spawn_file_actions_destroy(&files);
  return number;
}

/// With the list of keepers held.
bool is_orphan(const process_entry& child) {
  return child.session != ::getsid(0) && !keepers().processes.contains(child.process);
}

/// Each by its own number: other children of ours have others who wait for them.
void reap_orphans() {
  for (const auto& each : descendants(is_orphan))
    if (each.parent == ::getpid() && each.state == 'Z') ::waitpid(each.process, nullptr, WNOHANG);
}

} // namespace

result<keeper_process> keeper_process::start(const std::string& program, int input, int output,
                                             int complaints) {
  // What a killed keeper leaves must come to us; it can only come to a reaper above it.
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return fail_with("Could not start a command", errno);
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return fail_with("Could not start a command", errno);
  unique_fd ours{ends[0]};
  const unique_fd its{ends[1]};
  std::vector<unique_fd> copies;
  for (const int each : {input, output, complaints, its.get()}) {
    auto copy = out_of_the_way(each);
    if (!copy) return tl::unexpected(copy.error());
    copies.push_back(std::move(*copy));
  }
  const std::lock_guard held{keepers().mutex};
  reap_orphans(); // whom an earlier keeper could not end, and the system has let go of since
  pid_t process = 0;
  const int number =
      spawn(program, {copies[0].get(), copies[1].get(), copies[2].get(), copies[3].get()}, process);
  if (number != 0)
    return fail_with("The program " + program +
                         ", which keeps watch over a command, could not be started; "
                         "the installation seems incomplete",
                     number);
  auto exit = open_process(process);
  if (!exit) {
    const int why = errno;
    ::kill(process, SIGKILL);
    ::waitpid(process, nullptr, 0);
    return fail_with("Could not watch over a command, so it was not started", why);
  }
  keepers().processes.insert(process);
  return keeper_process{process, std::move(exit), std::move(ours)};
}

keeper_process::~keeper_process() {
  if (!socket_) return; // moved from
  kill();
  reap();
}

result<void> keeper_process::send(const keeper_message& what) {
  const auto bytes = encode(what);
  if (!bytes) return tl::unexpected(bytes.error());
  if (::send(socket_.get(), bytes->data(), bytes->size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
    return fail_with("Could not reach the command's keeper", errno);
  return {};
}

std::optional<keeper_message> keeper_process::receive() {
  std::vector<char> buffer(8192);
  const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count <= 0) return {};
  auto message = decode_keeper_message({buffer.data(), static_cast<std::size_t>(count)});
  if (!message) return {};
  return std::move(*message);
}

void keeper_process::kill() {
  if (process_ > 0) ::kill(process_, SIGKILL); // not reaped, so the number is its own
}

void keeper_process::reap() {
  if (process_ <= 0) return;
  const auto ended = [this] {
    pollfd end{exit_.get(), POLLIN, 0};
    return ::poll(&end, 1, static_cast<int>(milliseconds{keeper_farewell}.count())) > 0;
  };
  if (!ended()) {
    kill();
    ended();
  }
  const std::lock_guard held{keepers().mutex};
  // Not ended, or a debugger's to wait for: it stays in the list, for the number stays its own.
  if (::waitpid(process_, nullptr, WNOHANG) == process_) keepers().processes.erase(process_);
  process_ = 0;
}

std::string end_orphans() {
  const auto give_up_at = std::chrono::steady_clock::now() + longest_killing;
  for (milliseconds pause{10};; pause = std::min(pause * 2, longest_pause)) {
    unique_fd one;
    {
      const std::lock_guard held{keepers().mutex};
      const urgency first;
      kill_descendants(is_orphan, reap_orphans);
      const auto left = living_descendants(is_orphan);
      if (left.empty()) {
        reap_orphans(); // who died between the last reaping and the look
        return {};
      }
      if (std::chrono::steady_clock::now() >= give_up_at) return sentence_about(left);
      one = open_process(left.front().process);
    }
    pollfd death{one.get(), POLLIN, 0};
    ::poll(&death, 1, static_cast<int>(pause.count()));
  }
}

} // namespace tier2::os
