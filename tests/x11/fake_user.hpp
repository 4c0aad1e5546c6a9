#pragma once

#include "platform/x11/connection.hpp"
#include "platform/x11/keymap.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>

namespace tier2::test {

/// Clicks and types through XTEST, as far as every other program can tell on real devices.
class fake_user {
public:
  explicit fake_user(const std::string& display);

  void move(int x, int y);
  void button(std::uint8_t number);
  void press(x11::keycode key);
  void release(x11::keycode key);
  void tap(x11::keycode key);
  /// Holds the modifiers, taps the key, lets go.
  void chord(std::initializer_list<x11::keysym> modifiers, x11::keysym symbol);
  void tap_symbol(x11::keysym symbol) { tap(key(symbol)); }
  /// The key with that symbol on the present keyboard; throws when there is none.
  x11::keycode key(x11::keysym symbol);
  /// Returns when the server has done all that was asked before.
  void sync();
  xcb_connection_t* xcb() const { return display_.xcb.get(); }
  xcb_window_t root() const { return display_.screen->root; }

private:
  void fake(std::uint8_t type, std::uint8_t detail);
  x11::display_connection display_;
};

} // namespace tier2::test
