#include "platform/x11/keyboard.hpp"

#include "platform/x11/connection.hpp"

namespace tier2::x11 {

keyboard_map read_keyboard(xcb_connection_t* xcb) {
  const auto* setup = xcb_get_setup(xcb);
  const auto count = static_cast<std::uint8_t>(setup->max_keycode - setup->min_keycode + 1);
  const auto symbols_cookie = xcb_get_keyboard_mapping(xcb, setup->min_keycode, count);
  const auto modifiers_cookie = xcb_get_modifier_mapping(xcb);
  const reply<xcb_get_keyboard_mapping_reply_t> symbols{
      xcb_get_keyboard_mapping_reply(xcb, symbols_cookie, nullptr)};
  const reply<xcb_get_modifier_mapping_reply_t> modifiers{
      xcb_get_modifier_mapping_reply(xcb, modifiers_cookie, nullptr)};

  keyboard_map keys;
  if (symbols == nullptr || modifiers == nullptr) return keys;
  keys.first = setup->min_keycode;
  keys.columns = symbols->keysyms_per_keycode;
  const auto* first_symbol = xcb_get_keyboard_mapping_keysyms(symbols.get());
  keys.symbols.assign(first_symbol, first_symbol + xcb_get_keyboard_mapping_keysyms_length(symbols.get()));
  keys.keys_per_modifier = modifiers->keycodes_per_modifier;
  const auto* first_key = xcb_get_modifier_mapping_keycodes(modifiers.get());
  keys.modifier_keys.assign(first_key, first_key + xcb_get_modifier_mapping_keycodes_length(modifiers.get()));
  return keys;
}

} // namespace tier2::x11
