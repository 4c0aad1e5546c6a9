#pragma once

#include "actors/actor.hpp"
#include "actors/supervisor/actor_runtime.hpp"

#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <chrono>
#include <cstdint>
#include <doctest/doctest.h>
#include <string_view>

namespace tier2::test {

/// An actor system on one thread whose clock is moved by hand.
class virtual_system {
  struct testing_config : actor_runtime_config {
    testing_config() { set("scheduler.policy", caf::atom("testing")); }
  };
  testing_config settings_;

public:
  caf::actor_system system{settings_};

  /// Lets every actor do what it can without time passing.
  void run() { scheduler().run(); }
  /// Lets time pass, with everything that it triggers.
  void advance(std::chrono::milliseconds by) {
    run();
    scheduler().advance_time(by);
    run();
  }
  /// A counter of an actor's health report; 0 when it has none of that name.
  template <class Actor>
  std::uint64_t counter(const Actor& actor, std::string_view name) {
    std::uint64_t value{};
    caf::scoped_actor self{system};
    auto request = self->request(actor, caf::infinite, get_health{});
    run();
    request.receive(
        [&](const actor_health& report) {
          for (const auto& [reason, count] : report.counters)
            if (reason == name) value = count;
        },
        [](const caf::error&) { FAIL("no answer"); });
    return value;
  }

private:
  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }
};

} // namespace tier2::test
