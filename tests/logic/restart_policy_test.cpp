#include "actors/supervisor/restart_policy.hpp"

#include <doctest/doctest.h>

using namespace tier2;
using namespace std::chrono_literals;
using cause = restart_policy::cause;

TEST_CASE("restart policy: the wait doubles with each crash and escalates after the limit") {
  restart_policy policy{{3, 60s, 100ms, 10s}};
  const steady_time start{};
  CHECK(policy.on_down(start, cause::crash) == 100ms);
  CHECK(policy.on_down(start + 1s, cause::crash) == 200ms);
  CHECK(policy.on_down(start + 2s, cause::crash) == 400ms);
  CHECK_FALSE(policy.on_down(start + 3s, cause::crash).has_value());
  CHECK(policy.restarts() == 3);
}

TEST_CASE("restart policy: crashes that are long past are forgotten") {
  restart_policy policy{{2, 60s, 100ms, 10s}};
  steady_time now{};
  for (int i = 0; i < 100; ++i, now += 61s)
    CHECK(policy.on_down(now, cause::crash) == 100ms);
}

TEST_CASE("restart policy: an absent display is waited for ever longer") {
  restart_policy policy{{2, 60s, 100ms, 2s}};
  steady_time now{};
  std::chrono::milliseconds last{};
  for (int i = 0; i < 50; ++i) {
    const auto wait = policy.on_down(now, cause::environment);
    REQUIRE(wait.has_value());
    CHECK(*wait >= last);
    last = *wait;
    now += *wait;
  }
  CHECK(last == 2s);
  CHECK(policy.on_down(now + 100s, cause::environment) == 100ms);
}

TEST_CASE(
    "restart policy: a display that stays away for ten minutes is not waited for, one that came back is") {
  restart_policy policy;
  steady_time now{};
  const auto gone_for = [&](std::chrono::seconds span) {
    const auto until = now + span;
    while (now < until) {
      const auto wait = policy.on_down(now, cause::environment);
      if (!wait) return false;
      now += *wait;
    }
    return true;
  };
  CHECK(gone_for(590s));
  now += 61s; // it held
  CHECK(gone_for(590s));
  now += 61s;
  CHECK_FALSE(gone_for(700s));
}
