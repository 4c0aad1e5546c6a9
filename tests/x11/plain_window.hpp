#pragma once

#include "platform/x11/connection.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace tier2::test {

/// A program with one window of one colour, which the server itself keeps painted.
class plain_window {
public:
  struct place {
    std::int16_t x{}, y{};
    std::uint16_t width{}, height{};
  };
  plain_window(const std::string& display, place where, std::uint32_t colour, bool unmanaged = false);

  void set_text(const std::string& property, const std::string& value, const std::string& type = "STRING");
  void set_title(const std::string& title) { set_text("_NET_WM_NAME", title, "UTF8_STRING"); }
  /// "instance", "Class".
  void set_class(const std::string& instance, const std::string& name);
  void set_number(const std::string& property, const std::string& type, std::uint32_t value);
  void map();
  void unmap();
  void move(std::int16_t x, std::int16_t y);
  void become_active();
  /// Returns when the server has done all that was asked for.
  void sync();
  xcb_connection_t* xcb() const { return display_.xcb.get(); }
  xcb_window_t window() const { return window_; }
  xcb_window_t root() const { return display_.screen->root; }

private:
  x11::display_connection display_;
  xcb_window_t window_{};
};

} // namespace tier2::test
