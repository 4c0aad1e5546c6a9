#pragma once

#include "platform/input.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

namespace tier2::test {

/// The real input source and all that it reported.
class watched_input {
public:
  explicit watched_input(const std::string& display, std::vector<std::string> hotkeys = {},
                         trigger_set triggers = trigger_set::all());
  /// False when fewer have been reported after half a minute.
  bool wait_for_triggers(std::size_t count);
  bool wait_for_hotkeys(std::size_t count);
  bool wait_for_losses(std::size_t count);

  std::vector<trigger_event> triggers();
  std::vector<trigger> kinds();
  std::size_t hotkeys();
  std::vector<error> losses();
  const input_source& source() const { return *source_; }

private:
  template <class List>
  bool wait_for(const List& list, std::size_t count);
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<trigger_event> triggers_;
  std::vector<steady_time> hotkeys_;
  std::vector<error> losses_;
  std::unique_ptr<input_source> source_; ///< Last: its thread ends before what it writes to.
};

} // namespace tier2::test
