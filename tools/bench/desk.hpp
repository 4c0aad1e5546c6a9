#pragma once

#include "platform/x11/connection.hpp"
#include "tools/bench/xvfb.hpp"

#include <cstdint>
#include <random>
#include <vector>

namespace tier2::bench {

/// A desktop that looks like one (a photo-like wallpaper, terminals full of text, a program's window that
/// shows another page after each step) and the user in front of it. The same steps each time.
class desk {
public:
  desk(const xvfb& server, std::uint16_t width, std::uint16_t height);
  /// Shows the next page, about a quarter of the screen, and waits until it is there.
  void next_page();
  /// A left click inside the program's window. It changes nothing on the screen.
  void click();
  /// Return, typed into the program's window, which does nothing with it.
  void press_return();
  /// The whole screen by a plain GetImage over this other connection, B8G8R8X8.
  std::vector<std::uint32_t> look();

private:
  void paint_wallpaper();
  void put(xcb_window_t window, std::uint16_t width, std::uint16_t height,
           const std::vector<std::uint32_t>& dots);
  void write_lines();
  void fake(std::uint8_t type, std::uint8_t detail);
  void sync();
  xcb_connection_t* xcb() const { return display_.xcb.get(); }

  x11::display_connection display_;
  std::uint16_t width_, height_, page_width_, page_height_;
  xcb_window_t wallpaper_{}, page_{};
  xcb_gcontext_t context_{};
  std::mt19937 random_{1};
  std::uint32_t page_number_{};
  std::uint8_t return_key_{};
  std::vector<child_process> terminals_;
};

} // namespace tier2::bench
