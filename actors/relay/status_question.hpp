#pragma once

#include "actors/relay/relay_actor.hpp"

namespace tier2 {

/// Asks the others how they are and sends a `machine_status` to that connection, after 4 s with what has
/// come.
void answer_status(relay_actor::stateful_pointer<relay_state> self, std::uint64_t connection);

} // namespace tier2
