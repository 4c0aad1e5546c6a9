#pragma once

#include "messages/window_rules.hpp"
#include "platform/x11/window_look.hpp"

#include <string>
#include <vector>

namespace tier2::x11 {

/// A top window that must not be seen.
struct hidden_window {
  xcb_window_t id{};
  std::string rule; ///< The pattern that it, or what it belongs to, fits; empty: nobody knows what it was.
  std::vector<rectangle> places; ///< Wherever it was between the two looks.
};

/// What the windows of two looks, one before a picture and one behind it, and what happened in between mean
/// for that picture.
struct exclusion {
  std::vector<hidden_window> hidden;
  std::vector<xcb_window_t> hidden_ids; ///< Every window that fits or belongs to one that does, sorted.
  std::vector<xcb_window_t> plain_ids;  ///< Every window that was looked at and is not one of them, sorted.
  /// Windows that came between the looks, and went or said nothing, so that nobody knows what they were.
  std::vector<hidden_window> strangers;
};

/// Hides whole top windows, so a frame with its title too, and what belongs to a window that fits: what is
/// transient for it, and popups, menus and dialogs of the same program (WM_CLIENT_LEADER, _NET_WM_PID).
/// Whoever fits in one look is hidden wherever he was in either.
exclusion judge(const window_rules& rules, const window_look& before, const window_look& after,
                const window_changes& between);

} // namespace tier2::x11
