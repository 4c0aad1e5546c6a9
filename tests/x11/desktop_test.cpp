#include "platform/screen.hpp"
#include "platform/x11/window_text.hpp"
#include "tests/support/xvfb.hpp"
#include "tests/x11/painter.hpp"
#include "tests/x11/wait_until.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace tier2;
using namespace tier2::test;
using namespace std::string_literals;

namespace {

frame_info info_of(screen_grabber& grabber) {
  const auto frame = grabber.grab();
  REQUIRE_MESSAGE(frame, frame.error().what);
  return frame->info;
}

std::unique_ptr<screen_grabber> grabber_of(const xvfb& server) {
  auto opened = screen_grabber::open(server.display());
  REQUIRE_MESSAGE(opened, opened.error().what);
  return std::move(*opened);
}

bool has_window_manager(const painter& program) {
  auto* xcb = program.xcb();
  const auto name = x11::intern(xcb, "_NET_SUPPORTING_WM_CHECK");
  const auto cookie = xcb_get_property(xcb, 0, program.root(), name, XCB_ATOM_WINDOW, 0, 1);
  const x11::reply<xcb_get_property_reply_t> answer{xcb_get_property_reply(xcb, cookie, nullptr)};
  return answer != nullptr && answer->format == 32;
}

} // namespace

TEST_CASE("the active window's title and class are told, under a real window manager") {
  const xvfb server;
  const auto manager = server.start({"openbox"});
  const painter onlooker{server.display(), 0, 0, 1, 1};
  REQUIRE(wait_until([&] { return has_window_manager(onlooker); }));
  const auto grabber = grabber_of(server);
  const auto program = server.start({"xterm", "-T", "Invoices"});
  CHECK(wait_until([&] {
    const auto info = info_of(*grabber);
    return info.window == "Invoices" && info.application == "XTerm";
  }));
}

TEST_CASE("without a window manager and after the active window is gone there is no title, and no failure") {
  const xvfb server;
  const auto grabber = grabber_of(server);
  CHECK(info_of(*grabber).window.empty());
  painter program{server.display(), 0, 0, 100, 100};
  program.set_text("_NET_WM_NAME", "UTF8_STRING", "here");
  program.become_active();
  CHECK(info_of(*grabber).window == "here");
  program.close();
  const auto info = info_of(*grabber);
  CHECK(info.window.empty());
  CHECK(info.application.empty());
}

TEST_CASE("a window with only the old name has a title too") {
  const xvfb server;
  const auto grabber = grabber_of(server);
  painter program{server.display(), 0, 0, 100, 100};
  program.become_active();
  program.set_text("WM_NAME", "STRING", "M\xfcller");
  program.set_text("WM_CLASS", "STRING", "one\0Two\0"s);
  const auto info = info_of(*grabber);
  CHECK(info.window == "M\xc3\xbcller");
  CHECK(info.application == "Two");
}

TEST_CASE("hostile titles become valid UTF-8 of at most 256 bytes") {
  const xvfb server;
  const auto grabber = grabber_of(server);
  painter program{server.display(), 0, 0, 100, 100};
  program.become_active();
  const auto million = std::string(1U << 20U, 'x');
  for (const auto& title :
       {"bad \xff\xfe \xc0\xaf \xed\xa0\x80"s, million, "\xe2\x82"s, std::string(300, '\xe4'),
        std::string(255, 'x') + "\xe2\x82\xac", "line\nline\x1b]0;\a"s, "\0\0"s}) {
    program.set_text("_NET_WM_NAME", "UTF8_STRING", title);
    program.set_text("WM_NAME", "STRING", title);
    program.set_text("WM_CLASS", "STRING", title);
    const auto info = info_of(*grabber);
    for (const auto& text : {info.window, info.application}) {
      CHECK(text.size() <= 256);
      CHECK(x11::clean_utf8(text) == text);
    }
    CHECK_FALSE(info.window.empty());
  }
  CHECK(info_of(*grabber).window == "  ");
}

TEST_CASE("a title of a wrong type or format is no title") {
  const xvfb server;
  const auto grabber = grabber_of(server);
  painter program{server.display(), 0, 0, 100, 100};
  const std::uint32_t value = 0x41414141;
  const auto name = x11::intern(program.xcb(), "_NET_WM_NAME");
  const auto type = x11::intern(program.xcb(), "UTF8_STRING");
  const auto active = x11::intern(program.xcb(), "_NET_ACTIVE_WINDOW");
  xcb_change_property(program.xcb(), XCB_PROP_MODE_REPLACE, program.window(), name, type, 32, 1, &value);
  program.become_active();
  CHECK(info_of(*grabber).window.empty());
  xcb_change_property(program.xcb(), XCB_PROP_MODE_REPLACE, program.root(), active, XCB_ATOM_WINDOW, 8, 3,
                      &value);
  program.sync();
  CHECK(info_of(*grabber).window.empty());
}

TEST_CASE("all monitors are told with name, place and size, also when they change") {
  const xvfb server;
  const auto grabber = grabber_of(server);
  auto monitors = info_of(*grabber).monitors;
  REQUIRE(monitors.size() == 1);
  CHECK(monitors[0].width == 1280);
  CHECK(monitors[0].height == 720);

  REQUIRE(server.run({"xrandr", "--setmonitor", "left", "640/170x720/190+0+0", "screen"}) == 0);
  REQUIRE(server.run({"xrandr", "--setmonitor", "right", "640/170x700/190+640+20", "none"}) == 0);
  monitors = info_of(*grabber).monitors;
  REQUIRE(monitors.size() == 2);
  std::sort(monitors.begin(), monitors.end(), [](const auto& a, const auto& b) { return a.x < b.x; });
  CHECK(monitors[0] == monitor{"left", 0, 0, 640, 720, 1.0});
  CHECK(monitors[1] == monitor{"right", 640, 20, 640, 700, 1.0});

  REQUIRE(server.run({"xrandr", "--delmonitor", "right"}) == 0);
  CHECK(info_of(*grabber).monitors.size() == 1);
}

TEST_CASE("without RandR the whole screen is one monitor") {
  const xvfb server{{.width = 640, .height = 480, .depth = 24, .more = {"-extension", "RANDR"}}};
  const auto grabber = grabber_of(server);
  CHECK(info_of(*grabber).monitors == std::vector{monitor{"screen", 0, 0, 640, 480, 1.0}});
}

TEST_CASE("each picture has the monitors of its own moment while screens are plugged in and out") {
  const xvfb server;
  const auto grabber = grabber_of(server);
  CHECK(info_of(*grabber).monitors == std::vector{monitor{"screen", 0, 0, 1280, 720, 1.0}});
  REQUIRE(server.run({"xrandr", "--newmode", "small", "1", "800", "801", "802", "803", "600", "601", "602",
                      "603"}) == 0);
  REQUIRE(server.run({"xrandr", "--addmode", "screen", "small"}) == 0);
  REQUIRE(server.run({"xrandr", "--output", "screen", "--mode", "small"}) == 0);
  const auto small = info_of(*grabber);
  CHECK(small.width == 800);
  CHECK(small.monitors == std::vector{monitor{"screen", 0, 0, 800, 600, 1.0}});
  REQUIRE(server.run({"xrandr", "--fb", "1280x720"}) == 0); // room for another one, beside and below
  REQUIRE(server.run({"xrandr", "--setmonitor", "beamer", "480/170x120/190+800+600", "none"}) == 0);
  const auto plugged = info_of(*grabber);
  CHECK(plugged.width == 1280);
  CHECK(plugged.height == 720);
  auto monitors = plugged.monitors;
  std::sort(monitors.begin(), monitors.end(), [](const auto& a, const auto& b) { return a.x < b.x; });
  CHECK(monitors ==
        std::vector{monitor{"screen", 0, 0, 800, 600, 1.0}, monitor{"beamer", 800, 600, 480, 120, 1.0}});
  REQUIRE(server.run({"xrandr", "--delmonitor", "beamer"}) == 0);
  CHECK(info_of(*grabber).monitors == std::vector{monitor{"screen", 0, 0, 800, 600, 1.0}});
}

TEST_CASE("the desktop's scale is told with the monitors") {
  const xvfb server;
  painter program{server.display(), 0, 0, 1, 1};
  const std::string resources = "Xcursor.size:\t48\nXft.dpi:\t144\n";
  xcb_change_property(program.xcb(), XCB_PROP_MODE_REPLACE, program.root(), XCB_ATOM_RESOURCE_MANAGER,
                      XCB_ATOM_STRING, 8, static_cast<std::uint32_t>(resources.size()), resources.data());
  program.sync();
  CHECK(info_of(*grabber_of(server)).monitors.at(0).scale == 1.5);
}
