#include "messages/hotkey.hpp"
#include "tests/messages/bytes.hpp"

#include <doctest/doctest.h>

using namespace tier2;

TEST_CASE("a hotkey is its modifiers and its key, in any case, and is written in one way") {
  CHECK(value_of_result(parse_hotkey("Ctrl+Alt+F12")) == hotkey{true, true, false, false, "F12"});
  CHECK(value_of_result(parse_hotkey("super+shift+h")) == hotkey{false, false, true, true, "H"});
  CHECK(to_string(value_of_result(parse_hotkey("super+SHIFT+alt+ctrl+scrolllock"))) ==
        "Ctrl+Alt+Shift+Super+ScrollLock");
  CHECK(value_of_result(parse_hotkey("Ctrl+0")).key == "0");
}

TEST_CASE("a key that people type with needs Ctrl, Alt or Super") {
  for (const auto* text :
       {"F1", "F12", "Pause", "Print", "ScrollLock", "Shift+F5", "Ctrl+Home", "Alt+Insert", "Super+End"})
    CHECK_MESSAGE(parse_hotkey(text).has_value(), text);
  for (const auto* text : {"H", "Shift+H", "5", "Home", "Insert", "Shift+Space", "Delete"})
    CHECK_MESSAGE(parse_hotkey(text).error().code == errc::invalid_argument, text);
}

TEST_CASE("what is not a hotkey is refused with what is allowed") {
  for (const auto* text : {"", "+", "Ctrl", "Ctrl+", "+H", "Ctrl++H", "Ctrl+Ctrl+H", "Ctrl+F13", "Ctrl+F0",
                           "Ctrl+AB", "Ctrl + H", "Strg+H", "Ctrl-H", "H+Ctrl", "Ctrl+\xc3\xa4", "Ctrl+H+"})
    CHECK_MESSAGE(parse_hotkey(text).error().code == errc::invalid_argument, text);
  CHECK(parse_hotkey("Ctrl+Enter").error().what.find("Pause") != std::string::npos);
  CHECK(parse_hotkey("Strg+H").error().what.find("Super") != std::string::npos);
}
