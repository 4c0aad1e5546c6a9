#pragma once

#include "messages/error.hpp"
#include "platform/linux/tree/child_pipes.hpp"
#include "platform/linux/tree/keeper_process.hpp"
#include "platform/linux/tree/output_meter.hpp"
#include "platform/linux/unique_fd.hpp"
#include "platform/process_tree.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

namespace tier2::os {

/// The thread of one command in the service: starts the keeper, carries the streams, keeps the time.
class tree_thread final : public process_tree {
public:
  tree_thread(options what, callbacks tell);
  ~tree_thread() override;
  void add_credit(std::uint64_t bytes) override;
  void cancel() override;
  void end() override;

private:
  using clock = std::chrono::steady_clock;

  /// What other threads ask for.
  struct wishes {
    std::uint64_t credit{};
    bool cancel{}, end{};
  };
  template <class F>
  void ask(F&& how);
  void run();
  result<void> live();
  /// False when the keeper has ended.
  bool turn(keeper_process& keeper, child_pipes& pipes);
  void obey(keeper_process& keeper);
  void hear(keeper_process& keeper);
  void keep_time(keeper_process& keeper);
  void stop(keeper_process& keeper, exit_reason why);
  void finish(keeper_process& keeper, child_pipes& pipes);

  const options what_;
  const callbacks tell_;
  unique_fd wake_;
  std::mutex mutex_;
  wishes wishes_; // guarded by the mutex

  // The thread's own.
  output_meter meter_;
  std::string_view input_;
  std::optional<clock::time_point> timeout_at_, give_up_at_;
  std::optional<exit_reason> stopped_for_;
  bool stop_sent_{};
  std::optional<keeper_ended> ended_;
  std::string left_; ///< About those whom we could not end ourselves.
  bool failed_{};
  clock::time_point began_;
  command_exit exit_;

  std::thread thread_; // the last member: it uses the others
};

} // namespace tier2::os
