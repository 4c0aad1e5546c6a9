#pragma once

#include "platform/x11/exclusion.hpp"

#include <chrono>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace tier2::x11 {

/// What of a rectangle is left when others are cut out of it, as rectangles that do not overlap.
std::vector<rectangle> without(const rectangle& whole, std::span<const rectangle> cut_out);

/// Lets be seen what lies in front of a hidden window. A window counts as in front only when it lets nothing
/// shine through and has been there, as the hidden one has, for a second: before that, what is behind may
/// still be on the screen, since a program paints when it comes to it.
class covering {
public:
  using time = std::chrono::steady_clock::time_point;

  /// The opaque ones of these are to be given to `uncover`.
  static std::vector<xcb_window_t> candidates(const exclusion& found, const window_look& look);
  /// Cuts what is in front out of the places of hidden windows. Only for a time in which nothing changed.
  void uncover(exclusion& found, const window_look& look, const std::set<xcb_window_t>& opaque, time now);
  /// Something changed: whatever is in front is there anew.
  void forget() { pairs_.clear(); }

private:
  struct pair_state {
    rectangle front, behind;
    time since;
  };
  std::map<std::pair<xcb_window_t, xcb_window_t>, pair_state> pairs_; ///< By the windows in front and behind.
};

} // namespace tier2::x11
