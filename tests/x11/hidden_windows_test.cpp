#include "tests/x11/hidden_windows.hpp"
#include "tests/x11/wait_until.hpp"

#include <atomic>
#include <sys/types.h>
#include <thread>
#include <unistd.h>

using namespace tier2;
using namespace tier2::test;

namespace {

using texts = std::vector<std::string>;

bool has_window_manager(const plain_window& program) {
  auto* xcb = program.xcb();
  const auto name = x11::intern(xcb, "_NET_SUPPORTING_WM_CHECK");
  const auto cookie = xcb_get_property(xcb, 0, program.root(), name, XCB_ATOM_WINDOW, 0, 1);
  const x11::reply<xcb_get_property_reply_t> answer{xcb_get_property_reply(xcb, cookie, nullptr)};
  return answer != nullptr && answer->format == 32;
}

/// The rectangle of the window's frame, that is of its ancestor below the root window.
x11::rectangle frame_of(const plain_window& program) {
  auto* xcb = program.xcb();
  auto top = program.window();
  for (;;) {
    const x11::reply<xcb_query_tree_reply_t> tree{
        xcb_query_tree_reply(xcb, xcb_query_tree(xcb, top), nullptr)};
    REQUIRE(tree != nullptr);
    if (tree->parent == program.root()) break;
    top = tree->parent;
  }
  const x11::reply<xcb_get_geometry_reply_t> place{
      xcb_get_geometry_reply(xcb, xcb_get_geometry(xcb, top), nullptr)};
  REQUIRE(place != nullptr);
  return {place->x, place->y, place->width, place->height};
}

} // namespace

TEST_CASE("a window whose title is excluded is painted over before anything is kept, every dot, and nothing "
          "else is") {
  for (const std::vector<std::string>& more : {texts{}, texts{"-extension", "MIT-SHM"}}) {
    const auto server = small_screen(more);
    plain_window other{server.display(), {0, 0, 400, 300}, harmless};
    other.map();
    plain_window bank{server.display(), {50, 40, 200, 100}, secret};
    bank.set_title("Konto - Online-Banking - Firefox");
    bank.map();
    kept_pictures kept{server.display(), rules_of({"*online-banking*"})};
    for (int i = 0; i < 2; ++i) {
      const auto picture = kept.must_take();
      CHECK(picture.count(secret) == 0);
      CHECK(picture.covered({50, 40, 200, 100}) == 200 * 100);
      CHECK(picture.count(harmless) == 400 * 300 - 200 * 100);
      CHECK(picture.info.painted_over == 1);
      CHECK(picture.info.hidden_by == texts{"*online-banking*"});
    }
  }
}

TEST_CASE("a window is found by its old title, its class and its instance") {
  const auto server = small_screen();
  plain_window program{server.display(), {10, 10, 50, 50}, secret};
  program.set_text("WM_NAME", "Geh\xe4lter");
  program.set_class("lohn", "Payroll");
  program.map();
  for (const auto& rules : {rules_of({"geh\xc3\xa4lter"}), rules_of({}, {"payroll"}), rules_of({}, {"LOHN"})})
    CHECK(kept_pictures{server.display(), rules}.must_take().count(secret) == 0);
  for (const auto& rules : {rules_of({"payroll"}), rules_of({}, {"geh*"}), window_rules{}}) {
    const auto picture = kept_pictures{server.display(), rules}.must_take();
    CHECK(picture.count(secret) == 50 * 50);
    CHECK(picture.info.painted_over == 0);
  }
}

TEST_CASE(
    "parts outside of the screen harm nothing, and windows wholly outside or unmapped are not counted") {
  const auto server = small_screen();
  const auto window_at = [&](plain_window::place where, bool mapped) {
    auto made = std::make_unique<plain_window>(server.display(), where, secret, true);
    made->set_title("secret");
    if (mapped) made->map();
    return made;
  };
  const auto above = window_at({-20, -30, 60, 50}, true);
  const auto below = window_at({390, 290, 60000, 60000}, true);
  const auto outside = window_at({500, 10, 20, 20}, true);
  const auto unmapped = window_at({100, 100, 20, 20}, false);
  const auto picture = kept_pictures{server.display(), rules_of({"secret"})}.must_take();
  CHECK(picture.count(secret) == 0);
  CHECK(picture.covered({0, 0, 40, 20}) == 40 * 20);
  CHECK(picture.covered({390, 290, 10, 10}) == 10 * 10);
  CHECK(picture.covered({0, 0, 400, 300}) == 40 * 20 + 10 * 10);
  CHECK(picture.info.painted_over == 2);
}

TEST_CASE("under a window manager the whole frame is painted over: the title may be the secret") {
  const xvfb server;
  const auto manager = server.start({"openbox"});
  plain_window program{server.display(), {0, 0, 300, 200}, secret};
  REQUIRE(wait_until([&] { return has_window_manager(program); }));
  program.set_title("Konto 4711 - Online-Banking");
  program.set_class("bank", "Bank");
  REQUIRE(wait_until([&] {
    program.map(); // what comes while it starts, openbox drops
    return frame_of(program).height > 200;
  }));
  kept_pictures kept{server.display(), rules_of({}, {"bank"})};
  CHECK(wait_until([&] {
    const auto place = frame_of(program);
    const auto picture = kept.must_take();
    return picture.covered(place) == std::size_t{place.width} * place.height && picture.count(secret) == 0;
  }));
  SUBCASE("and its title is in no caption") {
    CHECK(wait_until([&] { // the real one, so that its absence means something
      const auto info = kept_pictures{server.display(), {}}.must_take().info;
      return info.window == "Konto 4711 - Online-Banking" && info.application == "Bank";
    }));
    const auto info = kept.must_take().info;
    CHECK(info.window.empty());
    CHECK(info.application.empty());
  }
}

TEST_CASE("popups, menus and dialogs of an excluded window are excluded too, and no others") {
  const auto server = small_screen();
  plain_window main{server.display(), {0, 0, 40, 40}, secret};
  main.set_class("bank", "Bank");
  main.set_number("WM_CLIENT_LEADER", "WINDOW", main.window());
  main.set_number("_NET_WM_PID", "CARDINAL", 4711);
  main.map();
  plain_window popup{server.display(), {100, 0, 40, 40}, secret, true};
  plain_window popup_of_popup{server.display(), {150, 0, 40, 40}, secret, true};
  plain_window of_leader{server.display(), {200, 0, 40, 40}, secret, true};
  plain_window of_process{server.display(), {250, 0, 40, 40}, secret, true};
  plain_window dialog{server.display(), {300, 0, 40, 40}, secret};
  popup.set_number("WM_TRANSIENT_FOR", "WINDOW", main.window());
  popup_of_popup.set_number("WM_TRANSIENT_FOR", "WINDOW", popup.window());
  of_leader.set_number("WM_CLIENT_LEADER", "WINDOW", main.window());
  of_process.set_number("_NET_WM_PID", "CARDINAL", 4711);
  dialog.set_number("_NET_WM_PID", "CARDINAL", 4711);
  dialog.set_number("WM_TRANSIENT_FOR", "WINDOW", dialog.root()); // of the whole group (EWMH)
  plain_window second_main{
      server.display(), {0, 100, 40, 40}, harmless}; // the same program, another document
  second_main.set_number("_NET_WM_PID", "CARDINAL", 4711);
  plain_window stranger{server.display(), {50, 100, 40, 40}, harmless, true};
  stranger.set_number("_NET_WM_PID", "CARDINAL", 4712);
  plain_window nobody{server.display(), {100, 100, 40, 40}, harmless, true};
  for (auto* each :
       {&popup, &popup_of_popup, &of_leader, &of_process, &dialog, &second_main, &stranger, &nobody})
    each->map();
  const auto picture = kept_pictures{server.display(), rules_of({}, {"bank"})}.must_take();
  CHECK(picture.count(secret) == 0);
  CHECK(picture.count(harmless) == std::size_t{3} * 40 * 40);
  CHECK(picture.info.painted_over == 6);
  CHECK(picture.info.hidden_by == texts{"bank"});
}

TEST_CASE(
    "the caption of a popup that belongs to an excluded window is withheld, of any other window it is not") {
  const auto server = small_screen();
  plain_window main{server.display(), {0, 0, 40, 40}, secret};
  main.set_class("bank", "Bank");
  main.map();
  plain_window dialog{server.display(), {100, 0, 40, 40}, secret};
  dialog.set_title("Transfer 17.80 to A. Lincoln");
  dialog.set_number("WM_TRANSIENT_FOR", "WINDOW", main.window());
  dialog.map();
  plain_window other{server.display(), {200, 0, 40, 40}, harmless};
  other.set_title("Letter");
  other.map();
  kept_pictures kept{server.display(), rules_of({}, {"bank"})};
  dialog.become_active();
  CHECK(kept.must_take().info.window.empty());
  other.become_active();
  CHECK(kept.must_take().info.window == "Letter");
}

TEST_CASE("an excluded window that moves, comes and goes all the time shows not one dot in 200 pictures") {
  const auto server = small_screen();
  plain_window ground{server.display(), {0, 0, 400, 300}, harmless, true};
  ground.map();
  kept_pictures kept{server.display(), rules_of({"secret"})};
  std::atomic<bool> done{false};
  std::thread mover{[&] {
    plain_window program{server.display(), {0, 0, 60, 60}, secret, true};
    program.set_title("secret");
    program.map();
    for (int i = 0; !done; ++i) {
      program.move(static_cast<std::int16_t>(i * 37 % 340), static_cast<std::int16_t>(i * 53 % 240));
      if (i % 7 == 3) program.unmap();
      if (i % 7 == 5) program.map();
    }
  }};
  std::thread comer{[&] {
    for (int i = 0; !done; ++i) {
      plain_window program{
          server.display(),
          {static_cast<std::int16_t>(i * 29 % 340), static_cast<std::int16_t>(i * 41 % 240), 50, 50},
          secret,
          true};
      program.set_title("secret");
      program.map();
    }
  }};
  std::size_t dots = 0;
  std::size_t pictures = 0;
  std::size_t failures = 0;
  std::uint64_t covered = 0;
  while (pictures < 200 && failures < 10000) {
    const auto picture = kept.take();
    if (!picture) {
      ++failures;
      continue;
    }
    ++pictures;
    dots += picture->count(secret);
    covered += picture->info.painted_over;
  }
  done = true;
  mover.join();
  comer.join();
  CHECK(pictures == 200);
  CHECK(dots == 0);
  CHECK(covered > 0);
}

TEST_CASE("a place is covered a little longer than its window is there") {
  const auto server = small_screen();
  plain_window program{server.display(), {0, 0, 40, 40}, secret};
  program.set_title("secret");
  program.map();
  kept_pictures kept{server.display(), rules_of({"secret"})};
  CHECK(kept.must_take().info.painted_over == 1);
  program.unmap();
  CHECK(wait_until([&] { return kept.must_take().info.painted_over == 0; }));
}
