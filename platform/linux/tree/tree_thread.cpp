#include "platform/linux/tree/tree_thread.hpp"

#include "platform/linux/system_error.hpp"
#include "platform/linux/tree/command_plan.hpp"
#include "platform/linux/tree/control_group.hpp"

#include <csignal>
#include <filesystem>
#include <limits>
#include <poll.h>
#include <pthread.h>
#include <set>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <system_error>

namespace tier2::os {

namespace {

/// From the KILL that the keeper owes to our own, for it may have been stopped by the command. The keeper
/// gives the rest of a tree up 10 s after its first KILL.
constexpr std::chrono::seconds keeper_patience{12};

std::string beside_this_program() {
  std::error_code failed;
  return (std::filesystem::read_symlink("/proc/self/exe", failed).parent_path() / "tier2-runner").string();
}

void sweep_groups_once(const std::string& directory) {
  static std::mutex mutex;
  static std::set<std::string> done;
  const std::lock_guard held{mutex};
  if (!directory.empty() && done.insert(directory).second) sweep_control_groups(directory);
}

/// What the keeper would have done, had it not been killed. The sentence about those that are left.
std::string end_without_keeper(const std::string& group_directory) {
  auto group = group_directory.empty() ? control_group{} : control_group::existing(group_directory);
  group.kill();
  auto left = end_orphans();
  group.remove();
  return left;
}

} // namespace

tree_thread::tree_thread(options what, callbacks tell)
    : what_{std::move(what)}, tell_{std::move(tell)}, wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)},
      meter_{what_.what.max_output_bytes, what_.credit}, input_{what_.what.input} {
  try {
    thread_ = std::thread{[this] { run(); }};
  } catch (const std::system_error&) {
    exit_.reason = exit_reason::spawn_failed;
    exit_.detail = "The system has no room for one more thread; the command was not started.";
    tell_.on_exit(std::move(exit_));
  }
}

tree_thread::~tree_thread() {
  tree_thread::end();
  if (thread_.joinable()) thread_.join();
}

template <class F>
void tree_thread::ask(F&& how) {
  {
    const std::lock_guard held{mutex_};
    std::forward<F>(how)(wishes_);
  }
  ::eventfd_write(wake_.get(), 1);
}

void tree_thread::add_credit(std::uint64_t bytes) {
  ask([&](wishes& all) {
    all.credit += std::min(bytes, std::numeric_limits<std::uint64_t>::max() - all.credit);
  });
}

void tree_thread::end() {
  ask([](wishes& all) { all.end = true; });
}

void tree_thread::cancel() {
  ask([](wishes& all) { all.cancel = true; });
}

void tree_thread::run() {
  ::pthread_setname_np(::pthread_self(), "command");
  sigset_t all;
  ::sigfillset(&all); // SIGPIPE above all: a child need not read its input
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  began_ = clock::now();
  if (const auto lived = live(); !lived) {
    exit_.reason = exit_reason::spawn_failed;
    exit_.detail = lived.error().what;
  }
  tell_.on_exit(std::move(exit_));
}

result<void> tree_thread::live() {
  if (!wake_) return fail(errc::io_failed, "There are too many open files; the command was not started.");
  sweep_groups_once(control_group_parent(what_.cgroup));
  const auto ready = prepare_command(what_);
  if (!ready) return tl::unexpected(ready.error());
  auto made = child_pipes::make(!input_.empty(), ready->plan.drop_privileges ? std::optional{ready->plan.user}
                                                                             : std::optional<uid_t>{});
  if (!made) return tl::unexpected(made.error());
  auto pipes = std::move(made->first);
  auto keeper = keeper_process::start(what_.keeper.empty() ? beside_this_program() : what_.keeper,
                                      made->second.input.get(), made->second.output.get(),
                                      made->second.complaints.get());
  made->second = {}; // the keeper has them; with copies of ours we would not see their end
  if (!keeper) return tl::unexpected(keeper.error());
  if (const auto sent = keeper->send(ready->plan); !sent) return tl::unexpected(sent.error());
  timeout_at_ = began_ + what_.what.timeout;
  while (!failed_ && !ended_ && turn(*keeper, pipes)) {
  }
  if (!failed_ && !ended_) {
    keeper->reap();
    left_ = end_without_keeper(ready->plan.control_group);
  }
  finish(*keeper, pipes);
  return {};
}

bool tree_thread::turn(keeper_process& keeper, child_pipes& pipes) {
  const auto next = give_up_at_ ? give_up_at_ : timeout_at_;
  timespec left{};
  if (next) {
    const auto ns = std::max<std::chrono::nanoseconds>(*next - clock::now(), std::chrono::nanoseconds{0});
    left.tv_sec = std::chrono::floor<std::chrono::seconds>(ns).count();
    left.tv_nsec = (ns % std::chrono::seconds{1}).count();
  }
  std::array<pollfd, 6> events{pollfd{wake_.get(), POLLIN, 0},       {keeper.socket(), POLLIN, 0},
                               {keeper.exit_event(), POLLIN, 0},     {pipes.input(), POLLOUT, 0},
                               {pipes.output(0, meter_), POLLIN, 0}, {pipes.output(1, meter_), POLLIN, 0}};
  if (::ppoll(events.data(), events.size(), next ? &left : nullptr, nullptr) < 0) return true;
  if (events[0].revents != 0) obey(keeper);
  if (events[3].revents != 0) pipes.feed(input_);
  for (std::size_t stream = 0; stream < 2; ++stream)
    if (events[4 + stream].revents != 0) pipes.read(stream, meter_, tell_.on_output);
  if (meter_.truncated() && what_.what.on_overflow == overflow_rule::kill)
    stop(keeper, exit_reason::overflow);
  // In this order: what it said before its end is still to be heard then.
  const bool gone = events[2].revents != 0;
  if (gone || events[1].revents != 0) hear(keeper);
  keep_time(keeper);
  return !gone;
}

void tree_thread::obey(keeper_process& keeper) {
  eventfd_t count = 0;
  ::eventfd_read(wake_.get(), &count);
  wishes now;
  {
    const std::lock_guard held{mutex_};
    now = std::exchange(wishes_, wishes{});
  }
  meter_.add_credit(now.credit);
  if (now.cancel) stop(keeper, exit_reason::cancelled);
  if (!now.end) return;
  stop(keeper, exit_reason::interrupted);
  exit_.detail = "The service ended while the command was running, and ended it.";
  static_cast<void>(keeper.send(keeper_kill{}));
  give_up_at_ = clock::now() + keeper_patience;
}

void tree_thread::hear(keeper_process& keeper) {
  while (auto message = keeper.receive()) {
    if (auto* ended = std::get_if<keeper_ended>(&*message)) ended_ = *ended;
    if (auto* refused = std::get_if<keeper_failed>(&*message)) {
      failed_ = true;
      exit_.reason = exit_reason::spawn_failed;
      exit_.detail = std::move(refused->sentence);
    }
  }
}

void tree_thread::keep_time(keeper_process& keeper) {
  const auto now = clock::now();
  if (give_up_at_ && now >= *give_up_at_) {
    keeper.kill();
    give_up_at_ = now + keeper_patience;
  } else if (timeout_at_ && now >= *timeout_at_) {
    stop(keeper, exit_reason::timed_out);
  }
}

void tree_thread::stop(keeper_process& keeper, exit_reason why) {
  if (stopped_for_) return;
  stopped_for_ = why;
  timeout_at_.reset();
  give_up_at_ = clock::now() + what_.kill_after + keeper_patience;
  static_cast<void>(keeper.send(keeper_stop{})); // a dead one's end we see
}

void tree_thread::finish(keeper_process& keeper, child_pipes& pipes) {
  const auto lasted = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - began_);
  keeper.reap();
  for (std::size_t stream = 0; stream < 2; ++stream)
    if (pipes.drain(stream, meter_, tell_.on_output) > 0) exit_.output_lost = true;
  exit_.stdout_bytes = meter_.written(0);
  exit_.stderr_bytes = meter_.written(1);
  exit_.truncated = meter_.truncated();
  if (failed_) return;
  exit_.left_over = !left_.empty() || (ended_ && !ended_->left.empty());
  const bool overflow = exit_.truncated && what_.what.on_overflow == overflow_rule::kill;
  if (!ended_) {
    exit_.reason = stopped_for_.value_or(exit_reason::interrupted);
    exit_.duration_ms = static_cast<std::uint64_t>(lasted.count());
    if (exit_.detail.empty())
      exit_.detail =
          "The process that keeps watch over the command was killed, so how the command ended is not "
          "known; " +
          (left_.empty() ? std::string{"all that it had started was ended."} : left_);
    else if (!left_.empty())
      exit_.detail += " " + left_;
    return;
  }
  exit_.duration_ms = static_cast<std::uint64_t>(ended_->lasted.count());
  if (WIFSIGNALED(ended_->status))
    exit_.signal = WTERMSIG(ended_->status);
  else
    exit_.code = WEXITSTATUS(ended_->status);
  exit_.reason = ended_->stopped ? stopped_for_.value_or(exit_reason::interrupted) : exit_reason::finished;
  // Also when it had ended by itself before that was noticed.
  if (overflow && exit_.reason == exit_reason::finished) exit_.reason = exit_reason::overflow;
  if (exit_.reason != exit_reason::interrupted) exit_.detail.clear();
  if (!ended_->left.empty()) exit_.detail += (exit_.detail.empty() ? "" : " ") + ended_->left;
}

} // namespace tier2::os
