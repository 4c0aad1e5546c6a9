#include "actors/watch/watch_list.hpp"

#include <doctest/doctest.h>
#include <random>

using namespace tier2;
using namespace std::chrono_literals;

namespace {

constexpr threshold_levels<std::uint32_t> floor_levels{10, 12, 3, 5}, ceiling_levels{300, 200, 1000, 600};
constexpr finding well{trouble::none, trouble::none}, between{trouble::none, trouble::warning},
    bad{trouble::warning, trouble::warning}, worst{trouble::critical, trouble::critical};

/// A thing and its clock.
struct watched {
  condition thing;
  condition::times at{2min, 6h};
  steady_time now{100h};

  /// The news of one more reading, "before>level" or nothing, so much later.
  std::string after(std::chrono::seconds later, finding what) {
    now += later;
    const auto news = thing.feed(what, now, at);
    if (!news) return "";
    held_back = news->held_back;
    constexpr std::array names{"well", "warning", "critical"};
    return std::string{names[static_cast<std::size_t>(news->before)]} + ">" +
           names[static_cast<std::size_t>(news->level)];
  }
  std::uint64_t held_back{};
};

} // namespace

TEST_CASE("condition: between the level that raises and the one that clears everything stays as it is") {
  for (const auto& [percent, rises, holds] :
       std::initializer_list<std::tuple<std::uint32_t, trouble, trouble>>{
           {0, trouble::critical, trouble::critical},
           {2, trouble::critical, trouble::critical},
           {3, trouble::warning, trouble::critical},
           {4, trouble::warning, trouble::critical},
           {5, trouble::warning, trouble::warning},
           {9, trouble::warning, trouble::warning},
           {10, trouble::none, trouble::warning},
           {11, trouble::none, trouble::warning},
           {12, trouble::none, trouble::none},
           {100, trouble::none, trouble::none}}) {
    INFO(percent);
    CHECK(below(percent, floor_levels).rises == rises);
    CHECK(below(percent, floor_levels).holds == holds);
  }
  for (const auto& [percent, rises, holds] : std::initializer_list<std::tuple<double, trouble, trouble>>{
           {0, trouble::none, trouble::none},
           {200, trouble::none, trouble::none},
           {201, trouble::none, trouble::warning},
           {300, trouble::none, trouble::warning},
           {301, trouble::warning, trouble::warning},
           {601, trouble::warning, trouble::critical},
           {1000, trouble::warning, trouble::critical},
           {1001, trouble::critical, trouble::critical}}) {
    INFO(percent);
    CHECK(above(percent, ceiling_levels).rises == rises);
    CHECK(above(percent, ceiling_levels).holds == holds);
  }
  // A large disk: few percent, and plenty.
  CHECK(both(worst, well).rises == trouble::none);
  CHECK(either(bad, worst).rises == trouble::critical);
}

TEST_CASE("condition: it is told once it has lasted, and once; so is its end") {
  watched w;
  CHECK(w.after(0s, bad) == "");
  CHECK(w.after(119s, bad) == "");
  CHECK(w.after(1s, bad) == "well>warning");
  for (int i = 0; i < 100; ++i)
    CHECK(w.after(1min, i % 2 == 0 ? bad : between) == "");
  CHECK(w.after(1min, well) == "");
  CHECK(w.after(1min, well) == "");
  CHECK(w.after(1min, well) == "warning>well");
  CHECK(w.after(24h, well) == "");
}

TEST_CASE("condition: what does not last is not told, either way") {
  watched w;
  for (int i = 0; i < 100; ++i) {
    CHECK(w.after(1min, bad) == "");
    CHECK(w.after(59s, bad) == "");
    CHECK(w.after(1s, between) == ""); // it has to be so without a break
  }
  w.after(1min, bad);
  CHECK(w.after(2min, bad) == "well>warning");
  for (int i = 0; i < 100; ++i) {
    CHECK(w.after(1min, well) == "");
    CHECK(w.after(59s, well) == "");
    CHECK(w.after(1s, between) == "");
  }
}

TEST_CASE("condition: a worse level is told at once when it has lasted, the better one when that has") {
  watched w;
  w.after(0s, bad);
  CHECK(w.after(1min, worst) == "");
  CHECK(w.after(1min, worst) == "well>warning"); // as bad as that it was all the time
  CHECK(w.after(1min, worst) == "warning>critical");
  CHECK(w.after(20min, bad) == "");
  CHECK(w.after(2min, bad) == "critical>warning");
  CHECK(w.after(20min, worst) == "");
  CHECK(w.after(2min, worst) == "warning>critical");
  CHECK(w.after(20min, well) == "");
  CHECK(w.after(2min, well) == "critical>well");
}

TEST_CASE("condition: without a time to last it is told with the first reading") {
  watched w;
  w.at.lasts = 0s;
  CHECK(w.after(0s, worst) == "well>critical");
  CHECK(w.after(1s, well) == "critical>well");
}

TEST_CASE("condition: what lasts on is told again after the configured time, and not before") {
  watched w;
  w.at.lasts = 0s;
  CHECK(w.after(0s, bad) == "well>warning");
  CHECK(w.after(6h - 1s, bad) == "");
  CHECK(w.after(1s, bad) == "warning>warning");
  CHECK(w.after(6h - 1s, between) == "");
  CHECK(w.after(1s, between) == "warning>warning");
}

TEST_CASE("condition: what flaps is told a few times only, with a count, and ends with the truth") {
  watched w;
  w.at.lasts = 0s;
  CHECK(w.after(0s, bad) == "well>warning");
  CHECK(w.after(1s, well) == "warning>well");
  int told = 0;
  for (int i = 0; i < 300; ++i) // ten minutes
    told += (w.after(1s, bad).empty() ? 0 : 1) + (w.after(1s, well).empty() ? 0 : 1);
  CHECK(told == 0);
  CHECK(w.after(58s, bad) == "");
  CHECK(w.after(1s, bad) == "well>warning"); // it is so, and eleven minutes are over
  CHECK(w.held_back == 601);
  CHECK(w.after(1s, well) == "warning>well");
  CHECK(w.held_back == 0);
}

TEST_CASE(
    "condition: whatever it is fed with, what was told last becomes true, and no level twice in a while") {
  std::mt19937 random{7};
  for (int round = 0; round < 200; ++round) {
    watched w;
    w.at.lasts = std::chrono::seconds{random() % 300};
    std::array<std::optional<steady_time>, 3> said;
    for (int i = 0; i < 500; ++i) {
      const finding what = std::array{well, between, bad, worst}[random() % 4];
      w.now += std::chrono::seconds{random() % 120};
      if (const auto news = w.thing.feed(what, w.now, w.at)) {
        auto& last = said[static_cast<std::size_t>(news->level)];
        if (last) CHECK(w.now - *last >= condition::quiet);
        last = w.now;
      }
    }
    const auto end = round % 2 == 0 ? well : worst;
    for (int i = 0; i < 30; ++i)
      w.after(1min, end);
    CHECK(w.thing.told() == end.rises);
  }
}

TEST_CASE("watch list: a restart repeats nothing, forgets nothing, and the end is still told") {
  const steady_time now{100h};
  const wall_time today{std::chrono::milliseconds{1'800'000'000'000}};
  const condition::times at{0s, 6h};
  watch_list first;
  CHECK(first.feed("disk:/var", worst, now, at));
  CHECK(first.feed("load", bad, now, at));
  CHECK_FALSE(first.feed("memory", well, now, at));
  const auto text = first.save(now + 1h, today + 1h);
  CHECK(text == R"({"version":1,"troubles":[{"key":"disk:/var","level":"critical","said_at":1800000000},)"
                R"({"key":"load","level":"warning","said_at":1800000000}]})");

  const steady_time later{5s}; // the machine started anew
  auto second = watch_list::load(text, later, today + 5h);
  REQUIRE(second);
  CHECK(second->in_trouble() == std::vector<std::string>{"disk:/var", "load"});
  CHECK(second->in_trouble("disk:") == std::vector<std::string>{"disk:/var"});
  CHECK_FALSE(second->feed("disk:/var", worst, later, at));
  CHECK(second->feed("disk:/var", worst, later + 1h, at)); // six hours since it was said
  const auto end = second->feed("load", well, later, at);
  REQUIRE(end);
  CHECK(end->before == trouble::warning);
  CHECK(end->level == trouble::none);
  CHECK(second->in_trouble() == std::vector<std::string>{"disk:/var"});
}

TEST_CASE("watch list: a text that is damaged anywhere is refused or read, and never ends the program") {
  const steady_time now{100h};
  const wall_time today{std::chrono::milliseconds{1'800'000'000'000}};
  watch_list list;
  list.feed("disk:/var", worst, now, {0s, 6h});
  const auto text = list.save(now, today);
  for (std::size_t size = 0; size < text.size(); ++size)
    CHECK_FALSE(watch_list::load(text.substr(0, size), now, today));
  for (const auto* wrong : {"[]", "{}", R"({"version":2,"troubles":[]})", R"({"version":1,"troubles":{}})",
                            R"({"version":1,"troubles":[1]})",
                            R"({"version":1,"troubles":[{"key":1,"level":"warning","said_at":1}]})",
                            R"({"version":1,"troubles":[{"key":"a","level":"none","said_at":1}]})",
                            R"({"version":1,"troubles":[{"key":"a","level":"warning","said_at":"1"}]})"})
    CHECK_MESSAGE(!watch_list::load(wrong, now, today), wrong);
  // A clock that went back, or was set to nonsense.
  for (const auto* odd : {"9007199254740991", "-9007199254740991", "0"}) {
    auto read = watch_list::load(R"({"version":1,"troubles":[{"key":"a","level":"warning","said_at":)" +
                                     std::string{odd} + "}]}",
                                 now, today);
    REQUIRE_MESSAGE(read, odd);
    CHECK(read->feed("a", well, now, {0s, 6h}));
  }
}

TEST_CASE("watch list: more things than it takes make room of what is well, or are counted") {
  const steady_time now{100h};
  watch_list list;
  for (std::size_t i = 0; i < 1000; ++i)
    list.feed("well" + std::to_string(i), well, now, {0s, 6h});
  CHECK(list.left_out() == 0);
  for (std::size_t i = 0; i < watch_list::max_things; ++i)
    CHECK(list.feed("bad" + std::to_string(i), bad, now, {0s, 6h}));
  CHECK_FALSE(list.feed("one more", bad, now, {0s, 6h}));
  CHECK(list.left_out() == 1);
  CHECK(list.in_trouble().size() == watch_list::max_things);
  CHECK(watch_list::load(list.save(now, wall_time{}), now, wall_time{}));
}
