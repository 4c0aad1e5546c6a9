#include "actors/encoder/worker_pool.hpp"

#include "platform/process.hpp"

#include <utility>

namespace tier2 {

worker_pool::~worker_pool() {
  {
    const std::lock_guard lock{mutex_};
    stopped_ = true;
    jobs_.clear();
    changed_.notify_all();
  }
  for (auto& each : threads_)
    each.join();
}

void worker_pool::run(std::function<void()> job, bool urgent) {
  const std::lock_guard lock{mutex_};
  if (urgent)
    jobs_.push_front(std::move(job));
  else
    jobs_.push_back(std::move(job));
  if (threads_.size() < wanted_) threads_.emplace_back([this] { work(); });
  changed_.notify_one();
}

std::size_t worker_pool::drop_waiting() {
  const std::lock_guard lock{mutex_};
  const auto count = jobs_.size();
  jobs_.clear();
  return count;
}

std::size_t worker_pool::waiting() const {
  const std::lock_guard lock{mutex_};
  return jobs_.size();
}

void worker_pool::work() {
  give_way(background::encoding);
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock{mutex_};
      changed_.wait(lock, [&] { return stopped_ || !jobs_.empty(); });
      if (stopped_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

} // namespace tier2
