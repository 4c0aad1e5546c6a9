#include "tools/cloud/agent_journal.hpp"

#include "tools/cloud/command_store.hpp"
#include "tools/cloud/database.hpp"

#include <spdlog/spdlog.h>
#include <utility>

namespace tier2::cloud {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t most_in_batch = 1024;
constexpr std::size_t most_bytes_in_batch = 4U << 20U;
constexpr std::size_t entry_bytes = 256; ///< What an entry costs besides its texts.
constexpr auto tick_every = 1s;
constexpr std::uint32_t forgotten_at_once = 100;

std::size_t size_of(const agent_journal::entry& what) {
  return entry_bytes + std::visit(
                           [](const auto& one) -> std::size_t {
                             using one_type = std::decay_t<decltype(one)>;
                             if constexpr (std::is_same_v<one_type, output_piece>)
                               return one.bytes.size();
                             else if constexpr (std::is_same_v<one_type, wire::rejected>)
                               return one.detail.size();
                             else if constexpr (std::is_same_v<one_type, wire::exit>)
                               return one.how.detail.size();
                             else if constexpr (std::is_same_v<one_type, wire::alert>)
                               return one.what.title.size() + one.what.body.size() +
                                      64 * one.what.labels.size();
                             else if constexpr (std::is_same_v<one_type, wire::hello>)
                               return 64 * (one.groups.size() + one.capabilities.size());
                             else
                               return 0;
                           },
                           what);
}

} // namespace

agent_journal::agent_journal(database& facts, agent_store& agents, alert_store& alerts, output_files files,
                             command_bell& bell, clock now, std::chrono::hours kept)
    : facts_{facts}, agents_{agents}, alerts_{alerts}, files_{std::move(files)}, bell_{bell},
      now_{std::move(now)}, kept_{kept} {}

agent_journal::~agent_journal() { stop(); }

void agent_journal::start(hooks tell) {
  tell_ = std::move(tell);
  thread_ = std::thread{[this] { loop(); }};
}

void agent_journal::stop() {
  {
    const std::lock_guard lock{guard_};
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool agent_journal::put(const uuid& agent, entry what) {
  waiting one{agent, std::move(what), now_(), 0};
  one.bytes = size_of(one.what);
  {
    const std::lock_guard lock{guard_};
    if (stopping_) return true;
    auto& sum = waiting_bytes_[agent];
    if (sum + one.bytes > most_waiting_bytes) return false;
    sum += one.bytes;
    queue_.push_back(std::move(one));
  }
  wake_.notify_one();
  return true;
}

std::vector<agent_journal::waiting> agent_journal::take(std::unique_lock<std::mutex>& lock) {
  (void)lock; // held by the caller
  std::vector<waiting> batch;
  std::size_t bytes = 0;
  while (!queue_.empty() && batch.size() < most_in_batch && bytes < most_bytes_in_batch) {
    bytes += queue_.front().bytes;
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return batch;
}

void agent_journal::loop() {
  auto next_tick = std::chrono::steady_clock::now() + tick_every;
  while (true) {
    std::unique_lock lock{guard_};
    wake_.wait_until(lock, next_tick, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty() && stopping_) return;
    const auto batch = take(lock);
    lock.unlock();
    if (!batch.empty()) keep(batch);
    lock.lock();
    for (const auto& each : batch) {
      const auto sum = waiting_bytes_.find(each.agent);
      sum->second -= each.bytes;
      if (sum->second == 0) waiting_bytes_.erase(sum);
    }
    lock.unlock();
    if (const auto now = std::chrono::steady_clock::now(); now >= next_tick) {
      next_tick = now + tick_every;
      expire();
      forget_old();
      tell_.tick();
    }
  }
}

void agent_journal::keep(const std::vector<waiting>& batch) {
  for (const auto& each : batch)
    if (std::holds_alternative<wire::hello>(each.what)) last_hello_[each.agent] = &each;
  for (std::size_t at = 0; at < batch.size();) {
    const std::size_t rest = batch.size() - at;
    if (const auto kept = commit(&batch[at], rest); kept != 0) {
      at += kept;
      continue;
    }
    // One that the database does not take must not keep back the others.
    if (rest > 1)
      for (; at < batch.size(); ++at)
        commit(&batch[at], 1);
    break;
  }
  last_hello_.clear();
}

/// How many were kept: fewer than there are when they lead to much; none when the database does not take one.
std::size_t agent_journal::commit(const waiting* first, std::size_t count) {
  effects done;
  std::size_t applied = 0;
  const auto kept = facts_.write([&](soci::session& session) -> result<void> {
    for (; applied < count && done.command_bytes < most_bytes_of_commands; ++applied)
      if (auto one = apply(session, first[applied], done); !one) return one;
    return {};
  });
  ++counts_.commits;
  if (!kept) {
    accounts_.clear();
    if (count != 1) return 0;
    if (!std::exchange(failing_, true))
      spdlog::error("What agents say cannot be kept for now, they will say it again: {}", kept.error().what);
    if (const auto* piece = std::get_if<output_piece>(&first->what))
      blocked_.insert({{piece->command, first->agent}, piece->stream});
    tell_.could_not_keep(first->agent);
    return 0;
  }
  if (done.failed.empty()) failing_ = false;
  tell(std::move(done));
  return applied;
}

void agent_journal::tell(effects done) {
  for (const auto& [key, bytes] : done.output_acks)
    if (bytes != 0)
      done.messages.push_back(
          {key.first.second, wire::ack{wire::ack::subject::output, key.first.first, key.second, bytes}});
  if (!done.messages.empty()) tell_.send(std::move(done.messages));
  if (done.alerted && tell_.alerted) tell_.alerted();
  for (const auto& agent : done.failed)
    tell_.could_not_keep(agent);
  bell_.ring(done.changed);
}

void agent_journal::forget_old() {
  const auto now = std::chrono::steady_clock::now();
  if (kept_ == 0h || now < forget_next_) return;
  const auto removed = command_store{facts_}.remove_ended(now_() - kept_, forgotten_at_once);
  // When there is more, at the next tick: agents must not wait.
  forget_next_ = removed && removed->size() == forgotten_at_once ? now : now + 1h;
  if (!removed) return spdlog::error("Old commands could not be removed: {}", removed.error().what);
  for (const auto& each : *removed)
    if (!files_.remove(each)) spdlog::error("The output of {} could not be removed.", to_string(each));
  counts_.forgotten_commands += removed->size();
  accounts_.clear();
}

bool agent_journal::is_blocked(const delivery_key& key) const {
  return blocked_.contains({key, output_stream::out}) || blocked_.contains({key, output_stream::err});
}

void agent_journal::expire() {
  const auto changed =
      facts_.write([&](soci::session& session) { return deliveries::expire(session, now_()); });
  if (!changed) {
    spdlog::error("Commands whose time is over could not be ended: {}", changed.error().what);
    return;
  }
  if (changed->commands.empty()) return;
  accounts_.clear();
  bell_.ring(changed->commands);
  for (const auto& agent : changed->agents)
    if (tell_.link_of(agent) != 0) put(agent, room{});
}

} // namespace tier2::cloud
