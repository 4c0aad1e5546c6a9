#pragma once

#include "messages/interfaces.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>

namespace tier2 {

/// Spawns a slot: it passes every message to the present incarnation of an actor and answers `unavailable`
/// while there is none. `put_into_slot` says which one is present.
caf::actor spawn_slot(caf::actor_system& system);

/// A stable handle of an actor that may crash and come back: peers hold `handle`, the supervisor `control`.
template <class Handle>
struct slot {
  Handle handle;
  caf::actor control;

  static slot make(caf::actor_system& system) {
    auto control = spawn_slot(system);
    return {caf::actor_cast<Handle>(control), control};
  }
};

} // namespace tier2
