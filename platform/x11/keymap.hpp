#pragma once

#include "messages/frame.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace tier2::x11 {

using keysym = std::uint32_t;
using keycode = std::uint8_t;

/// The core keyboard mapping as the server tells it (GetKeyboardMapping and GetModifierMapping).
struct keyboard_map {
  keycode first{};
  std::size_t columns{}; ///< Symbols a key: level 1 and 2 of the first layout, then of the second, and so on.
  std::vector<keysym> symbols;
  std::size_t keys_per_modifier{};
  std::vector<keycode> modifier_keys; ///< Eight rows: Shift, Lock, Control, Mod1 to Mod5.

  /// 0 when there is none.
  keysym symbol(keycode key, std::size_t column) const;
  bool operator==(const keyboard_map&) const = default;
};

/// What each keycode triggers. Only a key's first symbol counts, so that a letter key which has Return or a
/// function key on a higher level (Neo and other layered layouts) can never be one.
class trigger_table {
public:
  trigger_table() = default;
  trigger_table(const keyboard_map& keys, const trigger_set& wanted);
  std::optional<trigger> of_key(keycode key) const { return keys_[key]; }

private:
  std::array<std::optional<trigger>, 256> keys_{};
};

/// Buttons 1, 2, 3, 8 and 9; nothing for the wheel (4 to 7) and all others.
std::optional<trigger> trigger_of_button(std::uint32_t button);
constexpr bool is_wheel(std::uint32_t button) { return button >= 4 && button <= 7; }

/// The key that has the symbol, first symbols before all others.
std::optional<keycode> key_with(const keyboard_map& keys, keysym symbol);

/// True for a key with which Ctrl+Alt switches to another console: the server keeps such a press for itself.
bool switches_console(const keyboard_map& keys, keycode key);

/// The modifier bit (1 for Shift to 128 for Mod5) of the first of `symbols` that is on a modifier; 0: none.
std::uint16_t modifier_bit(const keyboard_map& keys, std::initializer_list<keysym> symbols);

/// Every combination of CapsLock, NumLock and ScrollLock beside `modifiers`: at most eight, `modifiers`
/// first.
std::vector<std::uint16_t> with_locks(const keyboard_map& keys, std::uint16_t modifiers);

/// The symbol of a hotkey's key (messages/hotkey.hpp) or of X's own name for it, in any case; 0: no such key.
keysym keysym_named(const std::string& name);

} // namespace tier2::x11
