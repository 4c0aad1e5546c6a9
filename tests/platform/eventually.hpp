#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace tier2::test {

/// How long a test waits for what must happen; only a failure ever takes so long.
inline constexpr std::chrono::seconds generous{60};

/// A value that other threads change and a test waits on.
template <class T>
class watched {
public:
  template <class F>
  void change(F&& how) {
    {
      const std::lock_guard held{mutex_};
      std::forward<F>(how)(value_);
    }
    changed_.notify_all();
  }
  template <class F>
  bool wait(F&& until) {
    std::unique_lock held{mutex_};
    return changed_.wait_for(held, generous, [&] { return until(value_); });
  }
  T get() {
    const std::lock_guard held{mutex_};
    return value_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  T value_{};
};

/// Looks again and again until a condition that nobody announces holds.
template <class F>
bool eventually(F&& condition) {
  const auto deadline = std::chrono::steady_clock::now() + generous;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

} // namespace tier2::test
