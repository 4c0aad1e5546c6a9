#include "platform/x11/keymap.hpp"

#include <doctest/doctest.h>
#include <xkbcommon/xkbcommon-keysyms.h>

namespace {

using namespace tier2;
using namespace tier2::x11;

/// Keys 8 to 13 with two columns; NumLock sits on Mod2.
keyboard_map small_keyboard() {
  keyboard_map keys;
  keys.first = 8;
  keys.columns = 2;
  keys.symbols = {XKB_KEY_Return,   0, XKB_KEY_y,     XKB_KEY_Return,
                  XKB_KEY_KP_Enter, 0, XKB_KEY_F12,   XKB_KEY_F11,
                  XKB_KEY_Num_Lock, 0, XKB_KEY_Alt_L, XKB_KEY_Meta_L};
  keys.keys_per_modifier = 1;
  keys.modifier_keys = {0, 0, 0, 13, 12, 0, 0, 0};
  return keys;
}

} // namespace

TEST_CASE("only a key's first symbol makes it a trigger, so a letter with Return on another level is none") {
  const trigger_table table{small_keyboard(), trigger_set::all()};
  CHECK(table.of_key(8) == trigger::key_return);
  CHECK_FALSE(table.of_key(9));
  CHECK(table.of_key(10) == trigger::key_keypad_enter);
  CHECK(table.of_key(11) == trigger::key_f12);
  for (unsigned key = 0; key < 256; ++key)
    if (key < 8 || key == 9 || key > 11) CHECK_FALSE(table.of_key(static_cast<keycode>(key)));
}

TEST_CASE("a trigger that is not configured has no key") {
  trigger_set wanted;
  wanted.insert(trigger::key_return);
  const trigger_table table{small_keyboard(), wanted};
  CHECK(table.of_key(8));
  CHECK_FALSE(table.of_key(11));
}

TEST_CASE("an empty keyboard has no triggers and no modifiers") {
  const keyboard_map none;
  const trigger_table table{none, trigger_set::all()};
  for (unsigned key = 0; key < 256; ++key)
    CHECK_FALSE(table.of_key(static_cast<keycode>(key)));
  CHECK_FALSE(key_with(none, XKB_KEY_F12));
  CHECK(modifier_bit(none, {XKB_KEY_Num_Lock}) == 0);
  CHECK(with_locks(none, 4) == std::vector<std::uint16_t>{4, 6});
}

TEST_CASE("the wheel is no button") {
  for (std::uint32_t button = 0; button < 300; ++button) {
    const bool click = button == 1 || button == 2 || button == 3 || button == 8 || button == 9;
    CHECK(trigger_of_button(button).has_value() == click);
    CHECK(is_wheel(button) == (button >= 4 && button <= 7));
  }
}

TEST_CASE("modifiers are found where this keyboard has them, locks in every combination") {
  const auto keys = small_keyboard();
  CHECK(modifier_bit(keys, {XKB_KEY_Num_Lock}) == 16);
  CHECK(modifier_bit(keys, {XKB_KEY_Super_L, XKB_KEY_Alt_L}) == 8);
  CHECK(modifier_bit(keys, {XKB_KEY_Scroll_Lock}) == 0);
  CHECK(with_locks(keys, 12) == std::vector<std::uint16_t>{12, 14, 28, 30});
}

TEST_CASE("a key that switches consoles with Ctrl+Alt is known by its other symbols") {
  auto keys = small_keyboard();
  CHECK_FALSE(switches_console(keys, 11));
  keys.symbols[7] = XKB_KEY_XF86Switch_VT_12;
  CHECK(switches_console(keys, 11));
  CHECK_FALSE(switches_console(keys, 8));
}

TEST_CASE("a hotkey's key is found by its name in any case, first symbols first") {
  const auto keys = small_keyboard();
  CHECK(key_with(keys, keysym_named("f12")) == keycode{11});
  CHECK(key_with(keys, keysym_named("F11")) == keycode{11});
  CHECK(key_with(keys, keysym_named("Y")) == keycode{9});
  CHECK(key_with(keys, keysym_named("Return")) == keycode{8});
  CHECK_FALSE(key_with(keys, keysym_named("q")));
  CHECK(keysym_named("no such key") == 0);
  for (const auto* name : {"A", "0", "F1", "Pause", "Print", "ScrollLock", "Insert", "Delete", "Home", "End",
                           "PageUp", "PageDown", "Up", "Down", "Left", "Right", "Space"})
    CHECK_MESSAGE(keysym_named(name) != 0, name);
}
