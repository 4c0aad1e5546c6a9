#include "platform/linux/tree/keeper.hpp"

#include "platform/linux/system_error.hpp"
#include "platform/linux/tree/child_start.hpp"
#include "platform/linux/tree/descendants.hpp"
#include "platform/linux/tree/killing.hpp"
#include "platform/linux/tree/reaper.hpp"
#include "platform/linux/unique_fd.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <set>
#include <sys/socket.h>

namespace tier2::os {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds longest_wait{60'000};
/// Between two rounds of killing when no death was announced: a round can miss a process that was just born.
constexpr milliseconds shortest_round{50}, longest_round{1000};
/// From the first KILL until we say that the rest cannot be ended.
constexpr std::chrono::seconds longest_killing{10};
constexpr int most_rounds = 100;
constexpr std::size_t most_told = 16384;

bool every_child(const process_entry&) { return true; }

class keeper {
public:
  keeper() : socket_{keeper_socket} {
    ::fcntl(keeper_socket, F_SETFD, FD_CLOEXEC);
    sigset_t all;
    // SIGTERM too: whoever ends the service's whole group of processes means the service, whose end we see.
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr); // NOLINT(concurrency-mt-unsafe): there is one thread here
  }

  int live() {
    const auto plan = receive_plan();
    if (!plan) return end(keeper_failed{plan.error().what});
    if (!children_.adopt())
      return end(keeper_failed{fail_with("Could not become the keeper of a command", errno).value().what});
    kill_after_ = plan->kill_after;
    if (!plan->control_group.empty()) group_ = control_group::make(plan->control_group);
    auto child = start_child(*plan, group_);
    let_go_of_pipes();
    if (!child) return end(keeper_failed{child.error().what});
    children_.watch(child->process);
    report_ = std::move(child->report);
    while (!over())
      wait();
    if (!refusal_.empty()) return end(keeper_failed{refusal_});
    return end(keeper_ended{children_.status(), children_.lasted(), stopped_, std::move(left_)});
  }

private:
  result<child_plan> receive_plan() {
    std::vector<char> buffer(max_keeper_message_bytes + 1);
    ssize_t count = 0;
    while ((count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0)) < 0 && errno == EINTR) {
    }
    if (count <= 0) return fail(errc::unavailable, "The service said nothing.");
    auto message = decode_keeper_message({buffer.data(), static_cast<std::size_t>(count)});
    if (!message) return tl::unexpected(message.error());
    auto* plan = std::get_if<child_plan>(&*message);
    if (plan == nullptr) return fail(errc::malformed, "The service began with something else than a plan.");
    return std::move(*plan);
  }

  int end(const keeper_message& last) {
    say(last);
    group_.remove();
    return 0;
  }

  void say(const keeper_message& what) {
    // A service that is gone does not hear it; that is fine.
    if (const auto bytes = encode(what))
      static_cast<void>(::send(socket_.get(), bytes->data(), bytes->size(), MSG_NOSIGNAL) > 0);
  }

  /// The child has them now; a copy of ours would keep the service from seeing their end.
  static void let_go_of_pipes() {
    const unique_fd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    for (const int each : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
      if (!null || ::dup2(null.get(), each) < 0) ::close(each);
  }

  void wait() {
    auto left = longest_wait;
    if (kill_at_)
      left = std::clamp(std::chrono::ceil<milliseconds>(*kill_at_ - steady_clock::now()), milliseconds{0},
                        longest_wait);
    std::array<pollfd, 5> events{pollfd{socket_.get(), POLLIN, 0},
                                 {children_.deaths(), POLLIN, 0},
                                 {report_.get(), POLLIN, 0},
                                 {children_.exit(), POLLIN, 0},
                                 {killing_ ? group_.events() : -1, POLLPRI, 0}};
    if (::poll(events.data(), events.size(), kill_at_ ? static_cast<int>(left.count()) : -1) < 0) return;
    if (events[2].revents != 0) hear_child();
    if (events[0].revents != 0) hear_service();
    if (kill_at_ && steady_clock::now() >= *kill_at_) kill_all();
  }

  void hear_child() {
    std::array<char, 4096> words;
    const auto count = ::read(report_.get(), words.data(), words.size());
    if (count < 0 && errno == EINTR) return;
    if (count > 0)
      refusal_.assign(words.data(), static_cast<std::size_t>(count));
    else if (refusal_.empty())
      say(keeper_started{});
    if (count <= 0) report_.reset();
  }

  void hear_service() {
    std::array<char, 64> buffer;
    const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    const auto message =
        decode_keeper_message({buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))});
    stopped_ = stopped_ || !children_.ended();
    if (count <= 0) socket_.reset();
    // Its end, and anything but "stop" too: what we do not understand must not live on.
    if (!message || !std::holds_alternative<keeper_stop>(*message)) return kill_all();
    if (kill_at_) return;
    kill_at_ = steady_clock::now() + kill_after_;
    tell_all();
  }

  /// Also those that are born meanwhile, until a look finds none that was not told.
  void tell_all() {
    for (int round = 0; round < most_rounds; ++round) {
      const auto before = told_.size();
      visit_descendants(every_child, [&](const process_handle& process, const process_entry& entry) {
        if (entry.state == 'Z' || told_.size() >= most_told ||
            !told_.emplace(entry.process, entry.started).second)
          return;
        process.signal(SIGTERM);
        process.signal(SIGCONT); // a stopped one hears nothing
      });
      if (told_.size() == before) return;
    }
  }

  /// True when nobody is left, or nobody whom we can end. What outlives the program itself is not wanted,
  /// unless everybody was told to end and has time for it.
  bool over() {
    const bool died = children_.reap();
    while (children_.gone() && report_)
      hear_child(); // at its end at the latest now: the child's copy is closed
    if (children_.gone() && !kill_at_) kill_all();
    if (nobody_left()) return true;
    if (killing_ && steady_clock::now() >= give_up_at_) return give_up();
    if (died && killing_)
      kill_all();
    else if (died && kill_at_)
      tell_all(); // whom it had just started escaped the look
    return false;
  }

  bool nobody_left() {
    const bool grouped = group_.populated(); // asked first: a change that nobody asks for is told for ever
    if (grouped || !children_.gone() || (!reaper::childless() && !living_descendants(every_child).empty()))
      return false;
    children_.reap();
    return true;
  }

  bool give_up() {
    left_ = sentence_about(living_descendants(every_child));
    if (left_.empty()) left_ = "Some of its processes could not be ended; they may run on.";
    if (!children_.gone()) children_.assume(SIGKILL);
    return true;
  }

  void kill_all() {
    const auto now = steady_clock::now();
    if (!killing_) give_up_at_ = now + longest_killing;
    killing_ = true;
    kill_at_ = now + round_; // and again, until nobody is left
    round_ = std::min(round_ * 2, longest_round);
    group_.kill();
    const urgency first;
    kill_descendants(every_child, [this] { children_.reap(); });
  }

  unique_fd socket_, report_;
  reaper children_;
  control_group group_;
  milliseconds kill_after_{}, round_{shortest_round};
  std::optional<steady_clock::time_point> kill_at_;
  steady_clock::time_point give_up_at_;
  bool stopped_{}, killing_{};
  std::set<std::pair<pid_t, std::uint64_t>> told_;
  std::string refusal_, left_;
};

/// Whether the one at the other end of our socket is who started us, of our own account.
bool started_by_service() {
  ucred peer{};
  socklen_t length = sizeof peer;
  int type = 0;
  socklen_t type_length = sizeof type;
  return ::getsockopt(keeper_socket, SOL_SOCKET, SO_TYPE, &type, &type_length) == 0 &&
         type == SOCK_SEQPACKET &&
         ::getsockopt(keeper_socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
         peer.pid == ::getppid() && peer.uid == ::geteuid();
}

} // namespace

int keep_child() {
  if (!started_by_service()) {
    static_cast<void>(std::fputs(
        "tier2-runner is started by tier2-service for each command; it has no use of its own.\n", stderr));
    return 2;
  }
  return keeper{}.live();
}

} // namespace tier2::os
