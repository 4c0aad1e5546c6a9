#include "tools/ctl/task_line.hpp"

#include "tools/ctl/outcome.hpp"

#include <chrono>

namespace tier2::ctl {

using namespace std::chrono_literals;

task_line::task_line(task interrupt)
    : interrupt_{std::move(interrupt)}, thread_{[this](const std::stop_token& stop) { run(stop); }} {}

void task_line::end() {
  thread_.request_stop();
  // What is to be interrupted may be about to begin, so that once may be too early.
  std::unique_lock lock{guard_};
  while (!ended_) {
    lock.unlock();
    interrupt_();
    lock.lock();
    wake_.wait_for(lock, 100ms, [this] { return ended_; });
  }
}

bool task_line::add(task what) {
  const std::lock_guard lock{guard_};
  if (waiting_.size() >= most_waiting || ending()) {
    ++dropped_;
    return false;
  }
  waiting_.push_back(std::move(what));
  wake_.notify_all();
  return true;
}

std::uint64_t task_line::dropped() const {
  const std::lock_guard lock{guard_};
  return dropped_;
}

void task_line::run(const std::stop_token& stop) {
  std::unique_lock lock{guard_};
  while (wake_.wait(lock, stop, [this] { return !waiting_.empty(); }) && !stop.stop_requested()) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    run_guarded([&] {
      next();
      return exit_done;
    });
    lock.lock();
  }
  ended_ = true;
  wake_.notify_all();
}

} // namespace tier2::ctl
