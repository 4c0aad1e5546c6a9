#include "tools/cloud/worker_thread.hpp"

#include <utility>

namespace tier2::cloud {

worker_thread::worker_thread() : thread_{[this] { loop(); }} {}

worker_thread::~worker_thread() { stop(); }

void worker_thread::run(std::function<void()> work) {
  {
    const std::lock_guard lock{guard_};
    if (stopping_) return;
    queue_.push_back(std::move(work));
  }
  wake_.notify_one();
}

void worker_thread::stop() {
  {
    const std::lock_guard lock{guard_};
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void worker_thread::loop() {
  while (true) {
    std::unique_lock lock{guard_};
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const auto work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
  }
}

} // namespace tier2::cloud
