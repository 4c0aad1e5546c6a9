#pragma once

#include "platform/x11/keymap.hpp"

#include <optional>
#include <string>
#include <vector>
#include <xcb/xcb.h>

namespace tier2::x11 {

/// Holds the first of the wished key combinations that no other program holds, on the root window.
class hotkey_grab {
public:
  hotkey_grab(xcb_connection_t* xcb, xcb_window_t root, std::vector<std::string> wished);

  /// Lets go and takes the first free combination on this keyboard.
  void take(const keyboard_map& keys);

  std::optional<keycode> key() const { return key_; }
  /// As it was wished, or empty when none was to be had.
  const std::string& name() const { return name_; }
  /// What went wrong and what to do; empty when the first wish came true.
  std::string problem() const;

private:
  enum class outcome { taken, owned_by_another, owned_by_server, not_on_keyboard, not_understood };
  outcome try_one(const keyboard_map& keys, const std::string& wish);
  void let_go();

  xcb_connection_t* xcb_;
  xcb_window_t root_;
  std::vector<std::string> wished_;
  std::optional<keycode> key_;
  std::string name_;
  std::vector<std::uint16_t> held_;
  std::vector<std::string> owned_, consoles_, absent_, garbled_;
};

} // namespace tier2::x11
