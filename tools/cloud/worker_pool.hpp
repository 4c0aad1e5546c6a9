#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace tier2::cloud {

/// Threads for requests, as many as are needed. A request that turns out to be a stream stops counting as a
/// request, so that streams never take the threads of requests.
class worker_pool {
public:
  enum class kind : std::uint8_t { request, download, event_stream };
  using limits = std::array<std::size_t, 3>; ///< How many of each kind may run at once.

  explicit worker_pool(const limits& most) : most_{most} {}
  ~worker_pool() { stop(); }
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;

  /// Runs it as soon as fewer requests than allowed run. From any thread; dropped once the end has begun.
  void post(std::function<void()> work);
  /// From within work: what runs here is of this kind from now on; false when there are enough of it.
  bool become(kind what);
  std::size_t running(kind what) const;
  /// Drops what has not begun and waits for the rest.
  void stop();

private:
  void work(std::list<std::thread>::iterator self);
  void provide_thread();
  bool may_begin() const { return !queue_.empty() && running_[0] < most_[0]; }

  const limits most_;
  mutable std::mutex guard_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  std::list<std::thread> threads_, ended_;
  limits running_{};
  std::size_t idle_{};
  bool stopping_{};
};

} // namespace tier2::cloud
