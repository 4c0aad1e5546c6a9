#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace tier2::ctl {

/// One thread that does what may take long, in order.
class task_line {
public:
  static constexpr std::size_t most_waiting = 64;
  using task = std::function<void()>;

  /// `interrupt` makes a task that waits for somebody come back; it is called, from the thread that ends the
  /// line, until the task has.
  explicit task_line(task interrupt = [] {});
  ~task_line() { end(); }
  task_line(const task_line&) = delete;
  task_line& operator=(const task_line&) = delete;

  /// Returns when no task runs any more; those that have not begun are dropped. Not from a task.
  void end();
  /// False when too many wait, or after the end: it will not be done, and is counted. From any thread.
  bool add(task what);
  /// For a task of many steps: whether there is no use in going on.
  bool ending() const { return thread_.get_stop_token().stop_requested(); }
  std::uint64_t dropped() const;

private:
  void run(const std::stop_token& stop);
  task interrupt_;
  mutable std::mutex guard_;
  std::condition_variable_any wake_;
  std::deque<task> waiting_;
  std::uint64_t dropped_{};
  bool ended_{};
  std::jthread thread_; // begins last: it uses the rest
};

} // namespace tier2::ctl
