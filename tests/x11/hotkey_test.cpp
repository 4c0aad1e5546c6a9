#include "tests/support/xvfb.hpp"
#include "tests/x11/fake_user.hpp"
#include "tests/x11/wait_until.hpp"
#include "tests/x11/watched_input.hpp"

#include <doctest/doctest.h>
#include <xkbcommon/xkbcommon-keysyms.h>

using namespace tier2;
using namespace tier2::test;

namespace {

constexpr std::uint16_t ctrl_alt = XCB_MOD_MASK_CONTROL | XCB_MOD_MASK_1;
constexpr std::uint16_t ctrl_shift = XCB_MOD_MASK_CONTROL | XCB_MOD_MASK_SHIFT;

/// True when the combination was free and now belongs to `who`.
bool grab(fake_user& who, std::uint16_t modifiers, x11::keycode key) {
  const auto cookie = xcb_grab_key_checked(who.xcb(), 1, who.root(), modifiers, key, XCB_GRAB_MODE_ASYNC,
                                           XCB_GRAB_MODE_ASYNC);
  const x11::reply<xcb_generic_error_t> refused{xcb_request_check(who.xcb(), cookie)};
  return refused == nullptr;
}

bool is_held_by_another(fake_user& who, std::uint16_t modifiers, x11::keycode key) {
  if (!grab(who, modifiers, key)) return true;
  xcb_ungrab_key(who.xcb(), key, who.root(), modifiers);
  who.sync();
  return false;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("the hotkey works with NumLock and CapsLock on and off, and its own key is no trigger") {
  const xvfb server;
  watched_input input{server.display(), {"Ctrl+Shift+F12"}};
  CHECK(input.source().hotkey() == "Ctrl+Shift+F12");
  CHECK(input.source().hotkey_problem().empty());
  fake_user user{server.display()};
  std::size_t pressed = 0;
  for (const x11::keysym lock : {XKB_KEY_VoidSymbol, XKB_KEY_Num_Lock, XKB_KEY_Caps_Lock, XKB_KEY_Num_Lock}) {
    if (lock != XKB_KEY_VoidSymbol) user.tap_symbol(lock); // none, Num, Num and Caps, Caps
    user.chord({XKB_KEY_Control_L, XKB_KEY_Shift_L}, XKB_KEY_F12);
    REQUIRE(input.wait_for_hotkeys(++pressed));
  }
  user.tap_symbol(XKB_KEY_F12);
  REQUIRE(input.wait_for_triggers(1));
  CHECK(input.kinds() == std::vector{trigger::key_f12});
  CHECK(input.hotkeys() == 4);
}

TEST_CASE("a hotkey without a function key leaves the letter alone when it is typed") {
  const xvfb server;
  watched_input input{server.display(), {"Ctrl+Alt+H"}};
  fake_user user{server.display()};
  user.tap_symbol(XKB_KEY_h);
  user.chord({XKB_KEY_Control_L, XKB_KEY_Alt_L}, XKB_KEY_h);
  REQUIRE(input.wait_for_hotkeys(1));
  user.button(1);
  REQUIRE(input.wait_for_triggers(1));
  CHECK(input.hotkeys() == 1);
  CHECK(input.kinds() == std::vector{trigger::click_left});
}

TEST_CASE("a held hotkey opens one ticket") {
  const xvfb server;
  watched_input input{server.display(), {"Ctrl+Shift+F12"}};
  fake_user user{server.display()};
  const auto ctrl = user.key(XKB_KEY_Control_L);
  const auto shift = user.key(XKB_KEY_Shift_L);
  const auto key = user.key(XKB_KEY_F12);
  user.press(ctrl);
  user.press(shift);
  user.press(key);
  REQUIRE(wait_until([&] { return input.source().counts().autorepeat >= 3; })); // the server's own repeats
  user.release(key);
  user.tap(key);
  REQUIRE(input.wait_for_hotkeys(2));
  user.release(shift);
  user.release(ctrl);
  user.button(1);
  REQUIRE(input.wait_for_triggers(1));
  CHECK(input.hotkeys() == 2);
  CHECK(input.kinds() == std::vector{trigger::click_left});
}

TEST_CASE("a press that another program makes up is no hotkey") {
  const xvfb server;
  watched_input input{server.display(), {"Ctrl+Shift+F12"}};
  fake_user user{server.display()};
  xcb_key_press_event_t event{};
  event.response_type = XCB_KEY_PRESS;
  event.detail = user.key(XKB_KEY_F12);
  event.root = event.event = user.root();
  event.state = ctrl_shift;
  for (const std::uint32_t mask : {0U, 1U, static_cast<std::uint32_t>(XCB_EVENT_MASK_STRUCTURE_NOTIFY)})
    xcb_send_event(user.xcb(), 0, user.root(), mask, reinterpret_cast<const char*>(&event));
  user.button(1);
  REQUIRE(input.wait_for_triggers(1));
  CHECK(input.hotkeys() == 0);
}

TEST_CASE("when another program owns the hotkey the next one is taken and said") {
  const xvfb server;
  fake_user user{server.display()};
  fake_user other{server.display()};
  REQUIRE(grab(other, ctrl_shift, other.key(XKB_KEY_F12)));
  watched_input input{server.display(), {"Ctrl+Shift+F12", "Ctrl+Alt+H"}};
  CHECK(input.source().hotkey() == "Ctrl+Alt+H");
  CHECK(contains(input.source().hotkey_problem(), "Ctrl+Shift+F12 belongs to another program"));
  CHECK(contains(input.source().hotkey_problem(), "Ctrl+Alt+H is the hotkey instead"));
  user.chord({XKB_KEY_Control_L, XKB_KEY_Alt_L}, XKB_KEY_h);
  CHECK(input.wait_for_hotkeys(1));
}

TEST_CASE("a combination that switches consoles is not taken, since it would never come") {
  const xvfb server;
  fake_user user{server.display()};
  watched_input input{server.display(), {"Ctrl+Alt+F12", "Ctrl+Alt+Shift+F5", "Ctrl+Shift+F12"}};
  CHECK(input.source().hotkey() == "Ctrl+Shift+F12");
  CHECK(contains(
      input.source().hotkey_problem(),
      "Ctrl+Alt+F12 and Ctrl+Alt+Shift+F5 switch to text consoles. Ctrl+Shift+F12 is the hotkey instead"));
  user.chord({XKB_KEY_Control_L, XKB_KEY_Shift_L}, XKB_KEY_F12);
  CHECK(input.wait_for_hotkeys(1));
}

TEST_CASE("a combination that is free only without NumLock is not free") {
  const xvfb server;
  fake_user other{server.display()};
  const auto key = other.key(XKB_KEY_F12);
  REQUIRE(grab(other, ctrl_shift | XCB_MOD_MASK_2, key)); // NumLock is Mod2 here
  const watched_input input{server.display(), {"Ctrl+Shift+F12"}};
  CHECK(input.source().hotkey().empty());
  CHECK_FALSE(is_held_by_another(other, ctrl_shift, key)); // what was had of it has been given back
}

TEST_CASE("when all hotkeys are taken the text says by whom and what to do, and triggers still come") {
  const xvfb server;
  REQUIRE(server.run({"setxkbmap", "ru"}) == 0); // has no Z
  fake_user other{server.display()};
  const auto key = other.key(XKB_KEY_F12);
  REQUIRE(grab(other, XCB_MOD_MASK_CONTROL, key));
  REQUIRE(grab(other, ctrl_shift, key));
  watched_input input{server.display(), {"Ctrl+F12", "Ctrl+Shift+F12", "Ctrl+Alt+Z", "Hyper+?"}};
  CHECK(input.source().hotkey().empty());
  const auto problem = input.source().hotkey_problem();
  for (const auto* part :
       {"Ctrl+F12 and Ctrl+Shift+F12 belong to other programs", "Ctrl+Alt+Z is not on this keyboard",
        "Hyper+? is no key combination", "`hotkeys` in [input]", "`buttonhelper --open`"})
    CHECK_MESSAGE(contains(problem, part), problem, " lacks ", part);
  other.button(1);
  CHECK(input.wait_for_triggers(1));
}

TEST_CASE("hotkey and triggers follow the keyboard layout") {
  const xvfb server;
  REQUIRE(server.run({"setxkbmap", "us"}) == 0);
  watched_input input{server.display(), {"Ctrl+Alt+Z"}};
  fake_user user{server.display()};
  const auto us_key = user.key(XKB_KEY_z);
  CHECK(is_held_by_another(user, ctrl_alt, us_key));
  REQUIRE(server.run({"setxkbmap", "de"}) == 0);
  const auto de_key = user.key(XKB_KEY_z);
  REQUIRE(de_key != us_key);
  // Asking who holds the key would hold it for a moment, and the source might find it taken just then: press
  // it.
  REQUIRE(wait_until([&] {
    user.chord({XKB_KEY_Control_L, XKB_KEY_Alt_L}, XKB_KEY_z);
    user.sync();
    return input.hotkeys() > 0;
  }));
  CHECK(is_held_by_another(user, ctrl_alt, de_key));
  CHECK_FALSE(is_held_by_another(user, ctrl_alt, us_key));
  user.tap_symbol(XKB_KEY_F5);
  user.tap_symbol(XKB_KEY_KP_Enter);
  REQUIRE(input.wait_for_triggers(2));
  CHECK(input.kinds() == std::vector{trigger::key_f5, trigger::key_keypad_enter});
}

TEST_CASE("a layout that moves Return moves the trigger") {
  const xvfb server;
  watched_input input{server.display(), {"Ctrl+Shift+F12"}};
  fake_user user{server.display()};
  const auto letter = user.key(XKB_KEY_q);
  const auto enter = user.key(XKB_KEY_Return);
  const std::array<xcb_keysym_t, 1> return_symbol{XKB_KEY_Return};
  const std::array<xcb_keysym_t, 1> letter_symbol{XKB_KEY_q};
  xcb_change_keyboard_mapping(user.xcb(), 1, enter, 1, letter_symbol.data());
  xcb_change_keyboard_mapping(user.xcb(), 1, letter, 1, return_symbol.data());
  user.sync();
  REQUIRE(wait_until([&] {
    user.tap(letter);
    user.sync();
    return !input.triggers().empty();
  }));
  CHECK(input.kinds().front() == trigger::key_return);
  const auto before = input.source().counts().other;
  user.tap(enter);
  CHECK(wait_until([&] { return input.source().counts().other == before + 1; }));
}

TEST_CASE("no trigger is lost while the keyboard keeps changing") {
  const xvfb server;
  watched_input input{server.display(), {"Ctrl+Shift+F12"}};
  fake_user user{server.display()};
  const auto letter = user.key(XKB_KEY_q);
  const auto enter = user.key(XKB_KEY_Return);
  for (std::size_t i = 1; i <= 100; ++i) {
    const xcb_keysym_t symbol = i % 2 == 0 ? XKB_KEY_q : XKB_KEY_x;
    xcb_change_keyboard_mapping(user.xcb(), 1, letter, 1, &symbol);
    user.tap(enter);
    REQUIRE(input.wait_for_triggers(i)); // with no later event that would wake the source
  }
}
