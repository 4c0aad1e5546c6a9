#include "platform/linux/tree/child_start.hpp"

#include "platform/linux/account.hpp"
#include "platform/linux/program.hpp"
#include "platform/linux/system_error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace tier2::os {

namespace {

constexpr int oom_score_above_ours = 300;
constexpr int largest_oom_score = 1000;

/// When memory is short, the command is to go before the service.
void be_first_to_go() {
  const auto ours = read_text("/proc/self/oom_score_adj", 16);
  int score = 0;
  if (ours) std::from_chars(ours->data(), ours->data() + ours->size(), score);
  score = std::min(largest_oom_score, score + oom_score_above_ours);
  const unique_fd to{::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC)};
  const auto text = std::to_string(score);
  if (to) static_cast<void>(::write(to.get(), text.c_str(), text.size()) > 0);
}

/// The service runs before others; a command runs as if a user had started it.
void be_ordinary() {
  const sched_param none{};
  ::sched_setscheduler(0, SCHED_OTHER, &none);
  ::setpriority(PRIO_PROCESS, 0, 0);
  constexpr int of_process = 1, by_nice_value = 0; // ioprio_set(2); glibc has no names for them
  ::syscall(SYS_ioprio_set, of_process, 0, by_nice_value);
}

/// A session keyring of its own (keyctl(2)), so that it holds no key of the service's. Kernels and containers
/// without keyrings refuse; then there is nothing to hold.
void join_new_keyring() {
  constexpr int join_session_keyring = 1;
  ::syscall(SYS_keyctl, join_session_keyring, nullptr);
}

/// Whoever has no login identity may give himself one, once; so the account gets its own before it can. Where
/// auditing is absent or one is set for good, the file is missing or refuses.
void take_audit_identity(uid_t user) {
  const unique_fd to{::open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC)};
  const auto text = std::to_string(user);
  if (to) static_cast<void>(::write(to.get(), text.c_str(), text.size()) > 0);
}

/// posix_spawn(3) of glibc leaves the two signals of its own threads ignored, and sigaction(3) hides them.
void reset_hidden_signals() {
  const std::array<unsigned long, 8> standard{}; // the kernel's struct, SIG_DFL is 0
  constexpr std::size_t mask_bytes = 8;
  for (const int hidden : {32, 33})
    ::syscall(SYS_rt_sigaction, hidden, standard.data(), nullptr, mask_bytes);
}

result<void> enter_directory(const child_plan& plan) {
  if (::chdir(plan.directory.c_str()) == 0) return {};
  const int number = errno;
  if (!plan.directory_required && ::chdir("/") == 0) return {};
  return fail_with("The working directory " + plan.directory + " cannot be entered by this account", number);
}

/// Like execvp(3), but without its second try through a shell.
error run(const child_plan& plan) {
  std::vector<std::string> environment = plan.environment;
  const auto argv = argument_pointers(plan.argv);
  const auto variables = argument_pointers(environment);
  int refusal = 0;
  for (const auto& program : plan.programs) {
    ::execve(program.c_str(), argv.data(), variables.data());
    if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
      return fail_with("The program " + program + " could not be started", errno).value();
    if (errno == EACCES) refusal = errno;
  }
  const auto& name = plan.programs.size() == 1 ? plan.programs.front() : plan.argv.front();
  return fail_with("The program " + name + " could not be started", refusal != 0 ? refusal : ENOENT).value();
}

error become(const child_plan& plan, const control_group& group) {
  ::setsid();
  group.enter();
  be_first_to_go();
  be_ordinary();
  if (plan.user != 0) take_audit_identity(plan.user);
  join_new_keyring(); // by us: an account that has used its quota up must not keep that of the service
  const rlimit nothing{0, 0};
  ::setrlimit(RLIMIT_CORE, &nothing);
  ::umask(022);
  ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  if (plan.drop_privileges)
    if (const auto dropped = give_up_privileges(plan.user, plan.group, plan.groups); !dropped)
      return dropped.error();
  if (plan.drop_privileges) join_new_keyring(); // the account's own
  if (const auto entered = enter_directory(plan); !entered) return entered.error();
  reset_hidden_signals();
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr); // NOLINT(concurrency-mt-unsafe): there is one thread here
  return run(plan);
}

} // namespace

result<void> give_up_privileges(uid_t user, gid_t group, std::vector<gid_t> groups) {
  const auto doing =
      "The rights of the account " + std::to_string(user) + " could not be taken on, so nothing was started";
  ::prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
  if (::setgroups(groups.size(), groups.data()) != 0 || ::setresgid(group, group, group) != 0 ||
      ::setresuid(user, user, user) != 0)
    return fail_with(doing, errno);
  uid_t users[3];
  gid_t main_groups[3];
  std::vector<gid_t> found(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
  if (::getresuid(&users[0], &users[1], &users[2]) != 0 ||
      ::getresgid(&main_groups[0], &main_groups[1], &main_groups[2]) != 0 ||
      ::getgroups(static_cast<int>(found.size()), found.data()) != static_cast<int>(found.size()))
    return fail_with(doing, errno);
  std::sort(found.begin(), found.end());
  std::sort(groups.begin(), groups.end());
  const auto all_are = [](const auto& three, auto one) {
    return std::all_of(std::begin(three), std::end(three), [&](auto each) { return each == one; });
  };
  const bool way_back = user != 0 && (::setuid(0) == 0 || ::seteuid(0) == 0);
  if (!all_are(users, user) || !all_are(main_groups, group) || found != groups || way_back)
    return fail(errc::permission_denied, doing + ": the system kept some of the old ones.");
  return {};
}

result<started_child> start_child(const child_plan& plan, const control_group& group) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_with("Could not make a pipe", errno);
  started_child child;
  child.report = unique_fd{ends[0]};
  const unique_fd told{ends[1]};
  child.process = ::fork();
  if (child.process < 0) return fail_with("Could not start a process", errno);
  if (child.process == 0) {
    const auto why = become(plan, group).what;
    static_cast<void>(::write(told.get(), why.data(), std::min<std::size_t>(why.size(), 4096)) > 0);
    ::_exit(127);
  }
  return child;
}

} // namespace tier2::os
