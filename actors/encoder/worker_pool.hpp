#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tier2 {

/// A few threads that work off a queue. They start with the first job and end when the pool does.
class worker_pool {
public:
  explicit worker_pool(std::size_t threads) : wanted_(threads) {}
  ~worker_pool();
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;

  /// An urgent job goes before all that wait.
  void run(std::function<void()> job, bool urgent = false);
  /// Forgets the jobs that were not begun; returns how many.
  std::size_t drop_waiting();
  std::size_t waiting() const;

private:
  void work();
  std::size_t wanted_;
  mutable std::mutex mutex_; // guards all below
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool stopped_{false};
  std::vector<std::thread> threads_;
};

} // namespace tier2
