#pragma once

#include "messages/frame.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tier2 {

/// Watches mouse buttons, Return and function keys of the whole session on a thread of its own. Other keys
/// and the wheel are dropped inside, before anything is made of them. Nothing wakes while nobody types or
/// clicks.
class input_source {
public:
  struct options {
    std::string display;              ///< X display name; empty: $DISPLAY.
    trigger_set triggers;             ///< What to report.
    std::vector<std::string> hotkeys; ///< Tried in order, "Ctrl+Alt+F12".
  };
  /// Called on the source's thread; must not block.
  struct callbacks {
    std::function<void(const trigger_event&)> on_trigger;
    std::function<void(steady_time)> on_hotkey;
    std::function<void(error)> on_lost; ///< The display went away; the source is of no more use.
  };
  struct counters {
    std::uint64_t wheel{};      ///< Wheel events dropped.
    std::uint64_t other{};      ///< Keys and buttons that are no trigger, dropped.
    std::uint64_t autorepeat{}; ///< Repeats of a held key, dropped.
  };

  /// `no_display`, `wayland_only` (the text says what does not work yet) or `unsupported` (no XInput 2.2 or
  /// XKB). Must not be destroyed from inside a callback.
  static result<std::unique_ptr<input_source>> open(options what, callbacks tell);
  virtual ~input_source() = default;

  /// The hotkey that was free, as configured, or empty. Both may change when the keyboard layout does.
  virtual std::string hotkey() const = 0;
  /// Why it is not the first one that was wished for or why there is none, what to do, and what cannot be
  /// seen in this kind of session; empty when all is well.
  virtual std::string hotkey_problem() const = 0;
  virtual counters counts() const = 0;
};

} // namespace tier2
