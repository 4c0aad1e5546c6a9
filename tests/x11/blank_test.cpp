#include "platform/screen.hpp"
#include "tests/support/xvfb.hpp"
#include "tests/x11/plain_window.hpp"

#include <doctest/doctest.h>

using namespace tier2;
using namespace tier2::test;

namespace {

picture_note note_on(const xvfb& server) {
  auto opened = screen_grabber::open(server.display());
  REQUIRE(opened);
  const auto frame = (*opened)->grab();
  REQUIRE(frame);
  return frame->info.note;
}

} // namespace

TEST_CASE("a screen of one colour is told from any other") {
  const xvfb server;
  CHECK(note_on(server) == picture_note::one_colour);
  plain_window dot{server.display(), {1279, 719, 1, 1}, 0xffffff};
  dot.map();
  CHECK(note_on(server) == picture_note::none);
  plain_window all{server.display(), {0, 0, 1280, 720}, 0x336699};
  all.map();
  CHECK(note_on(server) == picture_note::one_colour); // not only black ones
}

TEST_CASE("a screen that a screen saver has blanked says so") {
  const xvfb server;
  REQUIRE(server.run({"xset", "s", "blank", "s", "activate"}) == 0);
  CHECK(note_on(server) == picture_note::screen_saver);
  REQUIRE(server.run({"xset", "s", "reset"}) == 0);
  CHECK(note_on(server) == picture_note::one_colour);
}

TEST_CASE("a screen without a monitor that is on says so") {
  const xvfb server;
  REQUIRE(server.run({"xrandr", "--fb", "1280x720", "--output", "screen", "--off"}) == 0);
  CHECK(note_on(server) == picture_note::no_monitor);
}

TEST_CASE("where no extension can be asked, a blank screen is just that") {
  const xvfb server{
      {.width = 640,
       .height = 480,
       .depth = 24,
       .more = {"-extension", "RANDR", "-extension", "MIT-SCREEN-SAVER", "-extension", "DPMS"}}};
  CHECK(note_on(server) == picture_note::one_colour);
}
