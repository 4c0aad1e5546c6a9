#include "tools/cloud/worker_pool.hpp"

#include <spdlog/spdlog.h>
#include <system_error>
#include <utility>

namespace tier2::cloud {

namespace {
constexpr std::chrono::seconds longest_idle{10};
thread_local worker_pool::kind mine{};
std::size_t index(worker_pool::kind what) { return static_cast<std::size_t>(what); }
} // namespace

void worker_pool::post(std::function<void()> work) {
  std::list<std::thread> ended;
  {
    const std::lock_guard lock{guard_};
    if (stopping_) return;
    queue_.push_back(std::move(work));
    provide_thread();
    ended.swap(ended_);
  }
  for (auto& each : ended)
    each.join();
}

// With the guard held.
void worker_pool::provide_thread() {
  if (!may_begin() || stopping_) return;
  if (idle_ >= queue_.size()) {
    wake_.notify_one();
    return;
  }
  const auto self = threads_.emplace(threads_.end());
  try {
    *self = std::thread{[this, self] { work(self); }};
  } catch (const std::system_error& why) {
    threads_.erase(self);
    spdlog::error("The system gives no more threads to the console: {}", why.what());
    wake_.notify_one();
  }
}

void worker_pool::work(std::list<std::thread>::iterator self) {
  std::unique_lock lock{guard_};
  while (true) {
    ++idle_;
    const bool called = wake_.wait_for(lock, longest_idle, [this] { return stopping_ || may_begin(); });
    --idle_;
    if (!called || stopping_) break;
    auto next = std::move(queue_.front());
    queue_.pop_front();
    mine = kind::request;
    ++running_[0];
    lock.unlock();
    next();
    next = nullptr;
    lock.lock();
    --running_[index(mine)];
  }
  ended_.splice(ended_.end(), threads_, self);
  wake_.notify_all();
}

bool worker_pool::become(kind what) {
  const std::lock_guard lock{guard_};
  if (running_[index(what)] >= most_[index(what)]) return false;
  --running_[index(std::exchange(mine, what))];
  ++running_[index(what)];
  provide_thread();
  return true;
}

std::size_t worker_pool::running(kind what) const {
  const std::lock_guard lock{guard_};
  return running_[index(what)];
}

void worker_pool::stop() {
  std::unique_lock lock{guard_};
  stopping_ = true;
  queue_.clear();
  wake_.notify_all();
  wake_.wait(lock, [this] { return threads_.empty(); });
  auto ended = std::move(ended_);
  ended_.clear();
  lock.unlock();
  for (auto& each : ended)
    each.join();
}

} // namespace tier2::cloud
