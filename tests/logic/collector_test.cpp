#include "actors/collector/fact_round.hpp"
#include "actors/collector/fact_threads.hpp"

#include <condition_variable>
#include <doctest/doctest.h>
#include <mutex>

using namespace tier2;

namespace {
fact_source source(std::string id, std::function<fact()> gather = {}) {
  return {id, "Title of " + id, std::move(gather)};
}
} // namespace

TEST_CASE("collector: what did not answer in time becomes a line that says so") {
  fact_round round{1, {source("a"), source("b")}};
  CHECK(round.arrived(1, "a"));
  CHECK_FALSE(round.arrived(1, "a"));
  CHECK_FALSE(round.arrived(2, "b"));
  CHECK_FALSE(round.complete());
  const auto missing = round.give_up(std::chrono::milliseconds{1500});
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].id == "b");
  CHECK(missing[0].title == "Title of b");
  CHECK(missing[0].failed == "There was no answer within 1.5 seconds.");
  CHECK(round.complete());
  CHECK_FALSE(round.arrived(1, "b"));
}

TEST_CASE("collector: a source that hangs is left behind, not asked twice, and tells nobody who is gone") {
  struct {
    std::mutex mutex;
    std::condition_variable changed;
    bool asked{false}, released{false}, returned{false};
  } gate;
  const auto hanging = source("hanging-test-source", [&] {
    std::unique_lock lock{gate.mutex};
    gate.asked = true;
    gate.changed.notify_all();
    gate.changed.wait(lock, [&] { return gate.released; });
    gate.returned = true;
    gate.changed.notify_all();
    return fact{"hanging-test-source", "", "late", ""};
  });
  bool told_late = false;
  std::string second;
  {
    fact_threads threads;
    threads.ask(hanging, [&](const fact&) { told_late = true; });
    {
      std::unique_lock lock{gate.mutex};
      gate.changed.wait(lock, [&] { return gate.asked; });
    }
    threads.ask(hanging, [&](const fact& answer) { second = answer.failed; });
  }
  CHECK(second == "It still has not answered the question before this one.");
  std::unique_lock lock{gate.mutex};
  gate.released = true;
  gate.changed.notify_all();
  gate.changed.wait(lock, [&] { return gate.returned; });
  CHECK_FALSE(told_late);
}
