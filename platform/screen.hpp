#pragma once

#include "messages/frame.hpp"
#include "messages/window_rules.hpp"

#include <memory>
#include <string>

namespace tier2 {

/// Reads the whole screen (all monitors) into one warm shared segment. Used by one thread at a time.
class screen_grabber {
public:
  /// `no_display`, `wayland_only` or `unsupported` (a depth other than 24 or 32). Without shared memory (a
  /// remote display) it works too, slowly. Windows that `exclude` names are painted over in every picture.
  static result<std::unique_ptr<screen_grabber>> open(const std::string& display, window_rules exclude = {});
  virtual ~screen_grabber() = default;

  /// The present screen with the active window's title and class and the monitors. `cause` and `id` are left
  /// to the caller. The pixels lie in the segment and are valid until they are released; grabbing while they
  /// are held is `in_use`. `conflict`: the screen or its windows changed too fast. `too_large`: more windows
  /// than can be looked through for those that are excluded. When the last holder lets go, the segment is
  /// wiped unless it is locked in memory. `display_lost`: this grabber is of no more use.
  virtual result<raw_frame> grab() = 0;
};

} // namespace tier2
