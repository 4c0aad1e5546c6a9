#include "tests/x11/hidden_windows.hpp"
#include "tests/x11/wait_until.hpp"

using namespace tier2;
using namespace tier2::test;

TEST_CASE("more windows than can be looked through make no picture instead of an unsafe one") {
  const auto server = small_screen();
  plain_window program{server.display(), {0, 0, 40, 40}, secret};
  for (int i = 0; i < 4200; ++i)
    xcb_create_window(program.xcb(), 0, xcb_generate_id(program.xcb()), program.root(), 0, 0, 1, 1, 0,
                      XCB_WINDOW_CLASS_INPUT_ONLY, XCB_COPY_FROM_PARENT, 0, nullptr);
  program.sync();
  const auto refused = kept_pictures{server.display(), rules_of({"secret"})}.take();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::too_large);
  CHECK(kept_pictures{server.display(), {}}.take());
}

TEST_CASE("a title that is longer than what is looked at hides its window, whatever its end says") {
  const auto server = small_screen();
  plain_window program{server.display(), {10, 10, 40, 40}, secret};
  program.set_title(std::string(5000, 'x') + " bank");
  program.map();
  const auto taken = kept_pictures{server.display(), rules_of({"*bank"})}.must_take();
  CHECK(taken.count(secret) == 0);
  CHECK(taken.info.painted_over == 1);
  CHECK(taken.info.hidden_by.empty());
  program.set_title(std::string(4000, 'x'));
  CHECK(kept_pictures{server.display(), rules_of({"*bank"})}.must_take().count(secret) == 1600);
}

TEST_CASE("a frame with more windows inside than are looked at is hidden; a program's own window is not") {
  const auto server = small_screen();
  plain_window frame{server.display(), {10, 10, 40, 40}, secret};
  for (int i = 0; i < 1100; ++i)
    xcb_create_window(frame.xcb(), 0, xcb_generate_id(frame.xcb()), frame.window(), 0, 0, 1, 1, 0,
                      XCB_WINDOW_CLASS_INPUT_ONLY, XCB_COPY_FROM_PARENT, 0, nullptr);
  frame.map();
  kept_pictures kept{server.display(), rules_of({"*bank"})};
  const auto hidden = kept.must_take();
  CHECK(hidden.count(secret) == 0);
  CHECK(hidden.info.painted_over == 1);
  frame.set_class("editor", "Editor");
  frame.sync();
  CHECK(wait_until([&] { return kept.must_take().count(secret) == 1600; })); // covered a second longer
}
