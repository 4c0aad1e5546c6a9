#pragma once

#include "actors/actor.hpp"
#include "actors/supervisor/actor_runtime.hpp"

#include <caf/scheduler/test_coordinator.hpp>
#include <chrono>

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

private:
  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }
};

} // namespace tier2::test
