#pragma once

#include "messages/error.hpp"

#include <string>
#include <string_view>

namespace tier2 {

/// A key with its modifiers, as configured: "Ctrl+Alt+F12".
struct hotkey {
  bool ctrl{}, alt{}, shift{}, super{};
  /// "A".."Z", "0".."9", "F1".."F12", "Pause", "Print", "ScrollLock", "Insert", "Delete", "Home", "End",
  /// "PageUp", "PageDown", "Up", "Down", "Left", "Right", "Space", in this spelling.
  std::string key;
  bool operator==(const hotkey&) const = default;
};

/// Modifiers Ctrl, Alt, Shift and Super, each at most once, then the key, joined by '+'; case does not
/// matter. All but function keys, Pause, Print and ScrollLock need a modifier other than Shift, or the key
/// could no longer be typed. `invalid_argument` says what is allowed.
result<hotkey> parse_hotkey(std::string_view text);

/// "Ctrl+Alt+Shift+Super+F12", modifiers in this order.
std::string to_string(const hotkey& combination);

} // namespace tier2
