#include "actors/capture/capture_gate.hpp"

#include <doctest/doctest.h>

using namespace tier2;

namespace {
trigger_event at(int x) {
  trigger_event event;
  event.x = x;
  return event;
}
} // namespace

TEST_CASE("capture gate: the first trigger is grabbed at once, the next one waits") {
  capture_gate gate;
  CHECK(gate.on_trigger(at(1)).has_value());
  CHECK_FALSE(gate.on_trigger(at(2)).has_value());
  const auto next = gate.on_done();
  REQUIRE(next.has_value());
  CHECK(next->x == 2);
  CHECK_FALSE(gate.on_done().has_value());
  CHECK(gate.idle());
}

TEST_CASE("capture gate: of a burst the first and the newest are kept and the rest is counted") {
  capture_gate gate;
  for (int i = 0; i < 1000; ++i)
    gate.on_trigger(at(i));
  CHECK(gate.counts().taken == 1);
  CHECK(gate.counts().coalesced == 998);
  CHECK(gate.on_done()->x == 999);
  CHECK(gate.counts().taken == 2);
}

TEST_CASE("capture gate: a rest drops what waits and what comes, and finishes what is in hand") {
  capture_gate gate;
  gate.on_trigger(at(1));
  gate.on_trigger(at(2));
  gate.set_recording(false);
  CHECK_FALSE(gate.on_trigger(at(3)).has_value());
  CHECK_FALSE(gate.idle());
  CHECK_FALSE(gate.on_done().has_value());
  CHECK(gate.idle());
  CHECK(gate.counts().resting == 2);
  gate.set_recording(true);
  CHECK(gate.on_trigger(at(4)).has_value());
}
