#pragma once

#include "messages/frame.hpp"
#include "platform/x11/connection.hpp"
#include "tests/support/noise.hpp"

#include <cstdint>
#include <string>

namespace tier2::test {

/// How many dots of the frame differ from the picture, the unused byte aside; all when the size differs.
std::size_t wrong_dots(const pixels& got, const picture& wanted);

/// A program with one window in front of all others.
class painter {
public:
  painter(const std::string& display, std::int16_t x, std::int16_t y, std::uint16_t width,
          std::uint16_t height);
  /// Returns when the window shows it.
  void show(const picture& what);
  void set_text(const std::string& property, const std::string& type, const std::string& value);
  /// Says on the root window, in the window manager's place, that this window is the active one.
  void become_active();
  void close();
  void sync();
  xcb_connection_t* xcb() const { return display_.xcb.get(); }
  xcb_window_t window() const { return window_; }
  xcb_window_t root() const { return display_.screen->root; }

private:
  x11::display_connection display_;
  xcb_window_t window_{};
  xcb_gcontext_t context_{};
};

} // namespace tier2::test
