#pragma once

#include <cstdint>
#include <string>
#include <vector>
#include <xcb/xproto.h>

namespace tier2::x11 {

/// In pixels of the screen; a window may lie partly or wholly outside of it.
struct rectangle {
  std::int32_t x{};
  std::int32_t y{};
  std::uint32_t width{};
  std::uint32_t height{};
  bool operator==(const rectangle&) const = default;
};

/// A child of the root window: a window manager's frame, or a window that nobody manages.
struct top_window {
  xcb_window_t id{};
  rectangle place; ///< With its border.
  bool visible{};
  bool solid{}; ///< Without an alpha channel.
  bool operator==(const top_window&) const = default;
};

/// A window that says what it is: a top window, or the program's own inside of a frame. Texts are folded.
struct told_window {
  xcb_window_t id{};
  xcb_window_t top{};
  std::u32string title, older_title; ///< _NET_WM_NAME, WM_NAME
  std::u32string instance, class_name;
  xcb_window_t transient_for{};
  xcb_window_t leader{};   ///< WM_CLIENT_LEADER
  std::uint32_t process{}; ///< _NET_WM_PID
  bool aside{};            ///< A popup, menu or dialog: it may belong to another window.
  bool title_cut{};        ///< The title is longer than what was looked at.
  bool inside_cut{};       ///< A top with more windows inside than were looked at.
};

/// What there was on the screen at one time.
struct window_look {
  std::vector<top_window> tops;  ///< From the bottom of the stack up.
  std::vector<told_window> told; ///< Of visible tops only.
};

/// What happened to top windows between two looks.
struct window_changes {
  struct placement {
    xcb_window_t id{};
    rectangle place;
  };
  std::vector<placement> placed;
  std::vector<xcb_window_t> mapped;
  bool any{};
};

} // namespace tier2::x11
