#include "platform/x11/keymap.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <xkbcommon/xkbcommon.h>

namespace tier2::x11 {

namespace {

std::optional<trigger> trigger_of_symbol(keysym symbol) {
  if (symbol == XKB_KEY_Return) return trigger::key_return;
  if (symbol == XKB_KEY_KP_Enter) return trigger::key_keypad_enter;
  if (symbol >= XKB_KEY_F1 && symbol <= XKB_KEY_F12)
    return static_cast<trigger>(static_cast<std::uint32_t>(trigger::key_f1) + (symbol - XKB_KEY_F1));
  return std::nullopt;
}

} // namespace

keysym keyboard_map::symbol(keycode key, std::size_t column) const {
  if (key < first || column >= columns) return 0;
  const auto at = static_cast<std::size_t>(key - first) * columns + column;
  return at < symbols.size() ? symbols[at] : 0;
}

trigger_table::trigger_table(const keyboard_map& keys, const trigger_set& wanted) {
  for (std::size_t key = 0; key < keys_.size(); ++key) {
    const auto kind = trigger_of_symbol(keys.symbol(static_cast<keycode>(key), 0));
    if (kind && wanted.contains(*kind)) keys_[key] = kind;
  }
}

std::optional<trigger> trigger_of_button(std::uint32_t button) {
  switch (button) {
  case 1:
    return trigger::click_left;
  case 2:
    return trigger::click_middle;
  case 3:
    return trigger::click_right;
  case 8:
    return trigger::click_back;
  case 9:
    return trigger::click_forward;
  default:
    return std::nullopt;
  }
}

std::optional<keycode> key_with(const keyboard_map& keys, keysym symbol) {
  if (symbol == 0) return std::nullopt;
  for (std::size_t column = 0; column < keys.columns; ++column)
    for (unsigned key = keys.first; key < 256; ++key)
      if (keys.symbol(static_cast<keycode>(key), column) == symbol) return static_cast<keycode>(key);
  return std::nullopt;
}

bool switches_console(const keyboard_map& keys, keycode key) {
  for (std::size_t column = 0; column < keys.columns; ++column)
    if (const auto symbol = keys.symbol(key, column);
        symbol >= XKB_KEY_XF86Switch_VT_1 && symbol <= XKB_KEY_XF86Switch_VT_12)
      return true;
  return false;
}

std::uint16_t modifier_bit(const keyboard_map& keys, std::initializer_list<keysym> symbols) {
  for (const auto wanted : symbols)
    for (std::size_t i = 0; i < keys.modifier_keys.size(); ++i)
      for (std::size_t column = 0; keys.modifier_keys[i] != 0 && column < keys.columns; ++column)
        if (keys.symbol(keys.modifier_keys[i], column) == wanted)
          return static_cast<std::uint16_t>(1U << (i / keys.keys_per_modifier));
  return 0;
}

std::vector<std::uint16_t> with_locks(const keyboard_map& keys, std::uint16_t modifiers) {
  constexpr std::uint16_t caps_lock = 2; // "Lock" is fixed in the core protocol
  std::vector<std::uint16_t> all{modifiers};
  for (const auto lock :
       {caps_lock, modifier_bit(keys, {XKB_KEY_Num_Lock}), modifier_bit(keys, {XKB_KEY_Scroll_Lock})}) {
    const auto before = all.size();
    for (std::size_t i = 0; i < before; ++i) {
      const auto more = static_cast<std::uint16_t>(all[i] | lock);
      if (std::find(all.begin(), all.end(), more) == all.end()) all.push_back(more);
    }
  }
  return all;
}

keysym keysym_named(const std::string& name) {
  constexpr std::array<std::pair<std::string_view, const char*>, 3> other_in_x{
      {{"ScrollLock", "Scroll_Lock"}, {"PageUp", "Page_Up"}, {"PageDown", "Page_Down"}}};
  const char* in_x = name.c_str();
  for (const auto& [ours, theirs] : other_in_x)
    if (name == ours) in_x = theirs;
  return xkb_keysym_to_lower(xkb_keysym_from_name(in_x, XKB_KEYSYM_CASE_INSENSITIVE));
}

} // namespace tier2::x11
