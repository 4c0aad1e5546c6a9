#include "tests/support/xvfb.hpp"
#include "tests/x11/fake_user.hpp"
#include "tests/x11/wait_until.hpp"
#include "tests/x11/watched_input.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <xkbcommon/xkbcommon-keysyms.h>

using namespace tier2;
using namespace tier2::test;

namespace {

std::string line_of(const std::filesystem::path& file, const std::string& start) {
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);)
    if (line.rfind(start, 0) == 0) return line;
  return {};
}

/// How often the input source's thread has gone to sleep so far; empty while it is awake.
std::string sleeps_of_input_thread() {
  for (const auto& task : std::filesystem::directory_iterator{"/proc/self/task"})
    if (line_of(task.path() / "comm", "tier2-input") == "tier2-input" &&
        line_of(task.path() / "status", "State").find("S (sleeping)") != std::string::npos)
      return line_of(task.path() / "status", "voluntary_ctxt_switches");
  return {};
}

} // namespace

TEST_CASE("every mouse button but the wheel is a click of its kind, where the pointer is") {
  const xvfb server;
  watched_input input{server.display()};
  fake_user user{server.display()};
  user.move(321, 123);
  for (const int number : {1, 2, 3, 8, 9})
    user.button(static_cast<std::uint8_t>(number));
  REQUIRE(input.wait_for_triggers(5));
  CHECK(input.kinds() == std::vector{trigger::click_left, trigger::click_middle, trigger::click_right,
                                     trigger::click_back, trigger::click_forward});
  for (const auto& event : input.triggers()) {
    CHECK(event.x == 321);
    CHECK(event.y == 123);
  }
}

TEST_CASE("Return, keypad Enter and F1 to F12 are reported with the pointer's place") {
  const xvfb server;
  watched_input input{server.display()};
  fake_user user{server.display()};
  user.move(7, 9);
  user.tap_symbol(XKB_KEY_Return);
  user.tap_symbol(XKB_KEY_KP_Enter);
  for (x11::keysym f = XKB_KEY_F1; f <= XKB_KEY_F12; ++f)
    user.tap_symbol(f);
  REQUIRE(input.wait_for_triggers(14));
  const auto kinds = input.kinds();
  CHECK(kinds[0] == trigger::key_return);
  CHECK(kinds[1] == trigger::key_keypad_enter);
  for (std::size_t i = 0; i < 12; ++i)
    CHECK(kinds[2 + i] == static_cast<trigger>(static_cast<std::size_t>(trigger::key_f1) + i));
  CHECK(input.triggers()[6].kind == trigger::key_f5);
  CHECK(input.triggers()[6].x == 7);
  CHECK(input.triggers()[6].y == 9);
}

TEST_CASE("no letter and no other key is ever reported, all are only counted") {
  const xvfb server;
  watched_input input{server.display()};
  fake_user user{server.display()};
  std::vector<x11::keycode> triggers{user.key(XKB_KEY_KP_Enter), user.key(XKB_KEY_Return)};
  for (x11::keysym f = XKB_KEY_F1; f <= XKB_KEY_F12; ++f)
    triggers.push_back(user.key(f));
  std::uint64_t others = 0;
  for (unsigned key = 8; key < 256; ++key) {
    if (std::find(triggers.begin(), triggers.end(), key) != triggers.end()) continue;
    // Terminate_Server and the like do nothing without Ctrl+Alt; each key is let go before the next.
    user.tap(static_cast<x11::keycode>(key));
    ++others;
  }
  user.button(1);
  REQUIRE(input.wait_for_triggers(1));
  CHECK(input.kinds() == std::vector{trigger::click_left});
  CHECK(input.source().counts().other == others);
}

TEST_CASE("a thousand wheel events make no trigger and are counted") {
  const xvfb server;
  watched_input input{server.display()};
  fake_user user{server.display()};
  for (int i = 0; i < 1000; ++i)
    user.button(static_cast<std::uint8_t>(4 + i % 4));
  user.button(1);
  REQUIRE(input.wait_for_triggers(1));
  CHECK(input.kinds() == std::vector{trigger::click_left});
  CHECK(input.source().counts().wheel == 1000);
}

TEST_CASE("a trigger that is not configured is dropped and counted") {
  const xvfb server;
  trigger_set wanted;
  wanted.insert(trigger::key_return);
  watched_input input{server.display(), {}, wanted};
  fake_user user{server.display()};
  user.button(1);
  user.tap_symbol(XKB_KEY_F5);
  user.tap_symbol(XKB_KEY_Return);
  REQUIRE(input.wait_for_triggers(1));
  CHECK(input.kinds() == std::vector{trigger::key_return});
  CHECK(input.source().counts().other == 2);
}

TEST_CASE("a held key is one trigger, its repeats are counted") {
  const xvfb server;
  watched_input input{server.display()};
  fake_user user{server.display()};
  const auto key = user.key(XKB_KEY_Return);
  for (int i = 0; i < 5; ++i)
    user.press(key); // what a server that repeats in its driver sends
  user.release(key);
  user.tap(key);
  REQUIRE(input.wait_for_triggers(2));
  user.button(1);
  REQUIRE(input.wait_for_triggers(3));
  CHECK(input.kinds() == std::vector{trigger::key_return, trigger::key_return, trigger::click_left});
  CHECK(input.source().counts().autorepeat >= 4); // the server may add its own when the test is held up
}

TEST_CASE("triggers come even while another program holds the keyboard and the mouse") {
  const xvfb server;
  watched_input input{server.display()};
  fake_user user{server.display()};
  fake_user other{server.display()};
  xcb_grab_keyboard(other.xcb(), 1, other.root(), XCB_CURRENT_TIME, XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC);
  xcb_grab_pointer(other.xcb(), 0, other.root(), XCB_EVENT_MASK_BUTTON_PRESS, XCB_GRAB_MODE_ASYNC,
                   XCB_GRAB_MODE_ASYNC, XCB_NONE, XCB_NONE, XCB_CURRENT_TIME);
  other.sync();
  user.tap_symbol(XKB_KEY_Return);
  user.button(3);
  REQUIRE(input.wait_for_triggers(2));
  CHECK(input.kinds() == std::vector{trigger::key_return, trigger::click_right});
}

TEST_CASE("nothing wakes while nobody types or clicks, the pointer's motion included") {
  const xvfb server;
  watched_input input{server.display(), {"Ctrl+Shift+F12"}};
  fake_user user{server.display()};
  user.button(1);
  user.sync();
  REQUIRE(input.wait_for_triggers(1));
  std::string before;
  REQUIRE(wait_until(
      [&] { return std::exchange(before, sleeps_of_input_thread()) == before && !before.empty(); }));
  for (int i = 0; i < 200; ++i)
    user.move(i, i);
  std::this_thread::sleep_for(std::chrono::seconds{2}); // the promise is about time that passes
  CHECK(sleeps_of_input_thread() == before);
}

TEST_CASE("when the display dies the source says so once") {
  xvfb server;
  watched_input input{server.display()};
  server.stop();
  REQUIRE(input.wait_for_losses(1));
  CHECK(input.losses()[0].code == errc::display_lost);
  CHECK(input.losses().size() == 1);
}

TEST_CASE("a source ends at once even while another program holds the whole server") {
  const xvfb server;
  fake_user other{server.display()};
  {
    watched_input input{server.display()};
    xcb_grab_server(other.xcb());
    other.sync();
    other.button(1);
    other.sync();
  }
  xcb_ungrab_server(other.xcb());
  other.sync();
  CHECK(xcb_connection_has_error(other.xcb()) == 0);
}
