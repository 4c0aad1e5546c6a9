#include "tools/cloud/notifier.hpp"

#include "tools/cloud/alert_search.hpp"
#include "tools/cloud/database.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>

namespace tier2::cloud {

using namespace std::chrono_literals;

namespace {
constexpr auto look_at_least = 60s; ///< Also when nobody woke us: a clock may have been set.
}

/// One receiver, what sends to it, and how its last attempts went.
struct notifier::teller {
  std::unique_ptr<notify_target> target;
  notify_transport transport;
  std::uint32_t failures{}; ///< In a row, of the receiver's own.
  wall_time not_before{};
  std::thread thread;
  explicit teller(std::unique_ptr<notify_target> to) : target{std::move(to)} {}
  const std::string& name() const { return target->receiver().name; }
};

notifier::notifier(database& facts, notify_queue& queue, std::vector<std::unique_ptr<notify_target>> targets,
                   std::chrono::hours give_up_after, std::function<wall_time()> now)
    : facts_{facts}, queue_{queue}, give_up_after_{give_up_after}, now_{std::move(now)} {
  for (auto& each : targets)
    tellers_.push_back(std::make_unique<teller>(std::move(each)));
}

notifier::~notifier() { stop(); }

void notifier::start(const std::string& console) {
  console_ = console;
  for (auto& each : tellers_)
    each->thread = std::thread{[this, one = each.get()] { loop(*one); }};
}

void notifier::stop() {
  {
    const std::lock_guard lock{guard_};
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& each : tellers_)
    each->transport.cancel();
  for (auto& each : tellers_)
    if (each->thread.joinable()) each->thread.join();
}

void notifier::wake() {
  {
    const std::lock_guard lock{guard_};
    ++woken_;
  }
  wake_.notify_all();
}

void notifier::loop(teller& one) {
  std::uint64_t seen = 0;
  while (true) {
    {
      const std::lock_guard lock{guard_};
      if (stopping_) return;
      seen = woken_;
    }
    wall_time next = now_() + look_at_least;
    try {
      next = std::min(next, pass(one));
    } catch (const std::exception& thrown) {
      spdlog::error("Telling {} failed: {}", one.name(), thrown.what());
    }
    std::unique_lock lock{guard_};
    wake_.wait_for(lock, next - now_(), [&] { return stopping_ || woken_ != seen; });
  }
}

wall_time notifier::pass(teller& one) {
  const auto& name = one.name();
  const auto later = [this](const error& why) {
    spdlog::error("Alerts cannot be told for now: {}", why.what);
    return now_() + 5s;
  };
  const auto now = now_();
  const auto given_up = queue_.give_up(name, now - give_up_after_);
  if (!given_up) return later(given_up.error());
  if (*given_up != 0)
    spdlog::error("{} alerts were not told to {}: it could not be reached for {} hours.", *given_up, name,
                  give_up_after_.count());
  const auto state = queue_.state(name);
  if (!state) return later(state.error());
  const auto from = std::max(one.not_before, state->last_sent + one.target->apart());
  if (now < from) return from;
  const auto due = queue_.due(name, now, one.target->most_at_once());
  if (!due) return later(due.error());
  if (due->empty()) {
    const auto next = queue_.next_due(name);
    if (!next) return later(next.error());
    return *next ? **next : now + look_at_least;
  }
  const auto rows = facts_.read([&](soci::session& session) -> result<std::vector<alert_row>> {
    std::vector<alert_row> found;
    for (const auto seq : *due)
      if (auto row = read_alert(session, seq)) found.push_back(std::move(*row));
    return found;
  });
  if (!rows) return later(rows.error());
  if (rows->empty()) return later({errc::not_found, "what waits for " + name + " is no alert"});
  const auto told = one.target->tell(one.transport, *rows, state->unsaid, console_, now);
  {
    const std::lock_guard lock{guard_};
    if (stopping_ && told.how != sending::verdict::sent) return now; // it was cut off by us
  }
  const auto after = now_();
  if (told.how == sending::verdict::sent) {
    if (one.failures != 0) spdlog::info("Alerts reach {} again.", name);
    one.failures = 0;
    const auto noted = queue_.sent(name, *due, state->unsaid, after);
    return noted ? after : later(noted.error());
  }
  if (one.failures == 0 || state->problem != told.why)
    spdlog::warn("{} could not be told of {} alerts, which is tried again: {}", name, due->size(), told.why);
  if (const auto noted = queue_.failed(name, *due, told.why, after); !noted) return later(noted.error());
  if (told.how == sending::verdict::unavailable) {
    const auto pause = std::max<std::chrono::milliseconds>(notify_pause(one.failures), told.wait);
    ++one.failures;
    one.not_before = after + pause;
  }
  return after;
}

result<std::vector<notifier::shown>> notifier::states() const {
  std::vector<shown> all;
  for (const auto& each : tellers_) {
    auto state = queue_.state(each->name());
    if (!state) return tl::unexpected(state.error());
    all.push_back({std::move(*state), each->target->kind(), each->target->receiver().least});
  }
  return all;
}

} // namespace tier2::cloud
