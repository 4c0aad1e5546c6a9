#pragma once

#include "actors/supervisor/restart_policy.hpp"
#include "messages/interfaces.hpp"

#include <caf/actor.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <functional>
#include <string>
#include <vector>

namespace tier2 {

/// How to start one child, and the slot through which its peers reach it.
struct child_spec {
  std::string name;
  caf::actor slot;
  /// Spawns the child `linked + monitored` on the given parent.
  std::function<caf::strong_actor_ptr(supervisor_actor::pointer)> start;
  restart_policy::limits limits{};
};

/// One for one, OTP's meaning: a child that goes down leaves its slot, and comes back after its backoff. More
/// crashes than the limit end the supervisor with an error after `on_escalate` was told. `on_restart` is told
/// of each child that crashed, after it was started again.
supervisor_actor spawn_supervisor(caf::actor_system& system, std::vector<child_spec> children,
                                  std::function<void(std::string name, error why)> on_escalate,
                                  std::function<void(child_crashed)> on_restart = {});

/// A child's start: `child_of(parent, function, arguments…)`.
template <class Function, class... Arguments>
caf::strong_actor_ptr child_of(supervisor_actor::pointer parent, Function function,
                               Arguments&&... arguments) {
  return caf::actor_cast<caf::strong_actor_ptr>(
      parent->spawn<caf::linked + caf::monitored>(function, std::forward<Arguments>(arguments)...));
}

/// The same on a thread of its own, for an actor that blocks.
template <class Function, class... Arguments>
caf::strong_actor_ptr detached_child_of(supervisor_actor::pointer parent, Function function,
                                        Arguments&&... arguments) {
  return caf::actor_cast<caf::strong_actor_ptr>(parent->spawn<caf::linked + caf::monitored + caf::detached>(
      function, std::forward<Arguments>(arguments)...));
}

} // namespace tier2
