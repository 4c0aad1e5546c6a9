#include "platform/x11/covering.hpp"
#include "tests/support/xvfb.hpp"
#include "tests/x11/hidden_windows.hpp"
#include "tests/x11/wait_until.hpp"

#include <array>
#include <doctest/doctest.h>
#include <random>
#include <xcb/shape.h>

using namespace tier2;
using namespace tier2::test;
using namespace tier2::x11;
using namespace std::chrono_literals;

namespace {

constexpr covering::time start{};
const rectangle behind_place{0, 0, 10, 10};
const rectangle front_place{0, 0, 10, 4};

struct scene {
  window_look look{{{1, behind_place, true, true}, {2, front_place, true, true}}, {}};
  covering cover;
  /// The places of the hidden window 1, where 2 is opaque.
  std::vector<rectangle> left_at(covering::time now) {
    exclusion found;
    found.hidden = {{1, "bank", {look.tops[0].id == 1 ? look.tops[0].place : look.tops[1].place}}};
    cover.uncover(found, look, {2}, now);
    return found.hidden[0].places;
  }
};

} // namespace

TEST_CASE("what is left of a rectangle without others is exact, whatever they are") {
  std::mt19937 random{7};
  const auto below = [&](std::uint32_t bound) { return static_cast<std::uint32_t>(random() % bound); };
  for (int round = 0; round < 500; ++round) {
    const rectangle whole{static_cast<std::int32_t>(below(6)) - 3, static_cast<std::int32_t>(below(6)) - 3,
                          1 + below(12), 1 + below(12)};
    std::vector<rectangle> holes(below(5));
    for (auto& hole : holes)
      hole = {static_cast<std::int32_t>(below(14)) - 4, static_cast<std::int32_t>(below(14)) - 4, below(8),
              below(8)};
    const auto rest = without(whole, holes);
    std::size_t wrong = 0;
    for (std::int32_t y = -8; y < 24; ++y)
      for (std::int32_t x = -8; x < 24; ++x) {
        const auto in = [&](const rectangle& r) {
          return x >= r.x && y >= r.y && x < r.x + static_cast<std::int32_t>(r.width) &&
                 y < r.y + static_cast<std::int32_t>(r.height);
        };
        const auto wanted = in(whole) && std::none_of(holes.begin(), holes.end(), in) ? 1 : 0;
        wrong += std::count_if(rest.begin(), rest.end(), in) == wanted ? 0 : 1;
      }
    CHECK(wrong == 0);
  }
}

TEST_CASE("what is in front is let be seen only when it has been there for a second") {
  scene s;
  CHECK(s.left_at(start) == std::vector{behind_place});
  CHECK(s.left_at(start + 999ms) == std::vector{behind_place});
  CHECK(s.left_at(start + 1s) == std::vector{rectangle{0, 4, 10, 6}});
  SUBCASE("and anew when one of the two has moved") {
    s.look.tops[1].place = {0, 0, 10, 5};
    CHECK(s.left_at(start + 5s) == std::vector{behind_place});
    CHECK(s.left_at(start + 6s) == std::vector{rectangle{0, 5, 10, 5}});
    s.look.tops[0].place = {0, 0, 11, 10};
    CHECK(s.left_at(start + 10s) == std::vector{rectangle{0, 0, 11, 10}});
  }
  SUBCASE("and not when it is behind") {
    std::swap(s.look.tops[0], s.look.tops[1]);
    CHECK(s.left_at(start + 5s) == std::vector{behind_place});
    std::swap(s.look.tops[0], s.look.tops[1]);
    CHECK(s.left_at(start + 6s) == std::vector{behind_place}); // in front again, but not for a second
  }
  SUBCASE("and not when it is invisible") {
    s.look.tops[1].visible = false;
    CHECK(s.left_at(start + 5s) == std::vector{behind_place});
  }
  SUBCASE("and anew when something has changed") {
    s.cover.forget();
    CHECK(s.left_at(start + 5s) == std::vector{behind_place});
  }
}

TEST_CASE("a window in front of an excluded one is in the picture, after a while") {
  const xvfb server{{.width = 400, .height = 300, .depth = 24, .more = {}}};
  plain_window bank{server.display(), {0, 0, 400, 300}, secret};
  bank.set_title("bank");
  bank.map();
  plain_window letter{server.display(), {0, 0, 400, 200}, harmless};
  letter.map();
  kept_pictures kept{server.display(), rules_of({"bank"})};
  CHECK(kept.must_take().count(harmless) == 0); // not yet: it may not have painted itself
  CHECK(wait_until([&] {
    const auto picture = kept.must_take();
    CHECK(picture.count(secret) == 0);
    return picture.count(harmless) == std::size_t{400} * 200 &&
           picture.covered({0, 200, 400, 100}) == std::size_t{400} * 100;
  }));
  SUBCASE("one that hides it wholly leaves nothing to be counted") {
    plain_window large{server.display(), {0, 0, 400, 300}, harmless};
    large.map();
    CHECK(wait_until([&] { return kept.must_take().info.painted_over == 0; }));
    CHECK(kept.must_take().count(harmless) == 400 * 300);
  }
  SUBCASE("when it goes, what it hid is not seen for a moment") {
    for (int i = 0; i < 20; ++i) {
      letter.unmap();
      CHECK(kept.must_take().count(secret) == 0);
      letter.map();
      CHECK(kept.must_take().count(secret) == 0);
    }
  }
}

TEST_CASE("windows that something shines through hide nothing") {
  const xvfb server{{.width = 400, .height = 300, .depth = 24, .more = {}}};
  plain_window bank{server.display(), {0, 0, 400, 300}, secret};
  bank.set_title("bank");
  bank.map();
  plain_window shaped{server.display(), {0, 0, 100, 100}, harmless};
  const xcb_rectangle_t half{0, 0, 50, 100};
  xcb_shape_rectangles(shaped.xcb(), XCB_SHAPE_SO_SET, XCB_SHAPE_SK_BOUNDING, XCB_CLIP_ORDERING_UNSORTED,
                       shaped.window(), 0, 0, 1, &half);
  shaped.map();
  plain_window translucent{server.display(), {200, 0, 100, 100}, harmless};
  translucent.set_number("_NET_WM_WINDOW_OPACITY", "CARDINAL", 0x80000000);
  translucent.map();
  plain_window opaque{server.display(), {0, 200, 100, 100}, harmless};
  opaque.map();
  kept_pictures kept{server.display(), rules_of({"bank"})};
  CHECK(wait_until([&] { return kept.must_take().count(harmless) != 0; }));
  const auto picture = kept.must_take();
  CHECK(picture.count(harmless) == 100 * 100);
  CHECK(picture.covered({0, 0, 400, 200}) == 400 * 200);
}
