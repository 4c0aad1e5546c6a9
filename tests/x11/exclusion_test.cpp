#include "platform/x11/exclusion.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace tier2;
using namespace tier2::x11;

namespace {

window_rules hide(std::string_view title) { return {{*window_pattern::parse(title)}, {}}; }

told_window told(xcb_window_t id, xcb_window_t top, std::u32string title) {
  told_window window;
  window.id = id;
  window.top = top;
  window.title = std::move(title);
  return window;
}

const hidden_window* find(const std::vector<hidden_window>& among, xcb_window_t id) {
  const auto found = std::ranges::find(among, id, &hidden_window::id);
  return found == among.end() ? nullptr : &*found;
}

} // namespace

TEST_CASE("exclusion: a window is hidden wherever it was: before, behind and in between") {
  const window_look before{{{1, {0, 0, 10, 10}, true}}, {told(1, 1, U"bank")}};
  const window_look after{{{1, {20, 0, 10, 10}, true}}, {told(1, 1, U"bank")}};
  const auto found =
      judge(hide("bank"), before, after, {{{1, {10, 0, 10, 10}}, {2, {5, 5, 5, 5}}}, {}, true});
  REQUIRE(found.hidden.size() == 1);
  CHECK(found.hidden[0].rule == "bank");
  CHECK(found.hidden[0].places == std::vector<rectangle>{{0, 0, 10, 10}, {20, 0, 10, 10}, {10, 0, 10, 10}});
}

TEST_CASE("exclusion: a title that fits in one of the two looks is enough") {
  const window_look bank{{{1, {0, 0, 10, 10}, true}}, {told(1, 1, U"bank")}};
  const window_look other{{{1, {0, 0, 10, 10}, true}}, {told(1, 1, U"news")}};
  CHECK(judge(hide("bank"), bank, other, {}).hidden.size() == 1);
  CHECK(judge(hide("bank"), other, bank, {}).hidden.size() == 1);
  CHECK(judge(hide("bank"), other, other, {}).hidden.empty());
}

TEST_CASE("exclusion: the frame around a window is hidden with it, and what else is in the frame") {
  const window_look look{{{9, {0, 0, 10, 20}, true}},
                         {told(9, 9, U"frame"), told(1, 9, U"bank"), told(2, 9, U"tab")}};
  const auto found = judge(hide("bank"), look, look, {});
  REQUIRE(found.hidden.size() == 1);
  CHECK(found.hidden[0].id == 9);
  CHECK(found.hidden_ids == std::vector<xcb_window_t>{1, 2, 9});
  CHECK(found.plain_ids.empty());
}

TEST_CASE("exclusion: a chain of popups is followed, whatever the order, and a circle of them ends") {
  auto a = told(1, 1, U"a");
  auto b = told(2, 2, U"b");
  auto bank = told(3, 3, U"bank");
  a.transient_for = 2;
  b.transient_for = 3;
  bank.transient_for = 1;
  const window_look look{{{1, {}, true}, {2, {}, true}, {3, {}, true}}, {a, b, bank}};
  CHECK(judge(hide("bank"), look, look, {}).hidden.size() == 3);
  CHECK(judge(hide("none"), look, look, {}).hidden.empty());
}

TEST_CASE("exclusion: only what stands aside belongs to a window by its process or leader") {
  auto bank = told(1, 1, U"bank");
  bank.process = 7;
  auto document = told(2, 2, U"letter");
  document.process = 7;
  auto menu = told(3, 3, U"");
  menu.process = 7;
  menu.aside = true;
  auto nobodys = told(4, 4, U"");
  nobodys.aside = true; // process 0 and leader 0 are nobody's
  const window_look look{{{1, {}, true}, {2, {}, true}, {3, {}, true}, {4, {}, true}},
                         {bank, document, menu, nobodys}};
  const auto found = judge(hide("bank"), look, look, {});
  CHECK(found.hidden_ids == std::vector<xcb_window_t>{1, 3});
  CHECK(found.plain_ids == std::vector<xcb_window_t>{2, 2, 4, 4});
}

TEST_CASE("exclusion: a window that came and went between the looks is a stranger, with where it was") {
  const window_look empty;
  const auto found = judge(hide("bank"), empty, empty, {{{5, {1, 2, 3, 4}}}, {5}, true});
  CHECK(found.hidden.empty());
  REQUIRE(find(found.strangers, 5) != nullptr);
  CHECK(find(found.strangers, 5)->places == std::vector<rectangle>{{1, 2, 3, 4}});
  const window_look with{{{5, {1, 2, 3, 4}, true}}, {told(5, 5, U"news")}};
  CHECK(judge(hide("bank"), empty, with, {{}, {5}, true}).strangers.empty());
  CHECK(judge(hide("bank"), with, empty, {{}, {5}, true}).strangers.empty());
  const window_look mute{{{5, {1, 2, 3, 4}, true}},
                         {told(5, 5, U"")}}; // perhaps a frame whose window is gone
  CHECK(judge(hide("bank"), empty, mute, {{}, {5}, true}).strangers.size() == 1);
  CHECK(judge(hide("bank"), mute, mute, {}).strangers.empty());
}

TEST_CASE("exclusion: what was not looked at to its end is hidden, where its rest could matter") {
  auto cut = told(1, 1, U"a long title");
  cut.title_cut = true;
  auto full = told(2, 2, U"");
  full.inside_cut = true;
  const window_look look{{{1, {0, 0, 10, 10}, true}, {2, {20, 0, 10, 10}, true}}, {cut, full}};
  const auto found = judge(hide("*bank"), look, look, {});
  REQUIRE(found.hidden.size() == 2);
  CHECK(found.hidden[0].rule.empty());
  CHECK(found.hidden[1].rule.empty());
  full.class_name = U"editor"; // the program's own window
  const window_look own{look.tops, {cut, full}};
  CHECK(judge(hide("*bank"), own, own, {}).hidden.size() == 1);
  const window_rules classes_only{{}, {*window_pattern::parse("vault")}};
  CHECK(judge(classes_only, own, own, {}).hidden.empty());
}
