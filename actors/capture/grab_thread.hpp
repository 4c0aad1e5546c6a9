#pragma once

#include "platform/screen.hpp"

#include <functional>
#include <memory>

namespace tier2 {

/// The thread that may block on the display server. It is left behind, not joined, when its owner goes: a
/// hung display must not hang the program's end.
class grab_thread {
public:
  using open_screen = std::function<result<std::unique_ptr<screen_grabber>>()>;
  /// Called on the thread; never after `stop` returned.
  using on_grabbed = std::function<void(trigger_event, result<raw_frame>)>;

  grab_thread(open_screen open, on_grabbed tell);
  ~grab_thread();
  grab_thread(const grab_thread&) = delete;
  grab_thread& operator=(const grab_thread&) = delete;

  /// Grabs once for this event; at most one is asked for at a time.
  void grab(const trigger_event& event);
  void stop();

private:
  struct shared;
  std::shared_ptr<shared> shared_;
};

} // namespace tier2
