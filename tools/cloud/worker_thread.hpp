#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace tier2::cloud {

/// One thread for what must not hold up a server's thread: syncs and commits, in the order in which they
/// came.
class worker_thread {
public:
  worker_thread();
  /// Finishes what is queued, then joins; no more is taken.
  ~worker_thread();
  worker_thread(const worker_thread&) = delete;
  worker_thread& operator=(const worker_thread&) = delete;

  /// From any thread; dropped once the end has begun.
  void run(std::function<void()> work);
  /// Finishes what is queued and takes no more.
  void stop();

private:
  void loop();
  std::mutex guard_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool stopping_{};
  std::thread thread_;
};

} // namespace tier2::cloud
