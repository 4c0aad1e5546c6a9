#pragma once

#include "actors/actor.hpp"
#include "actors/collector/fact_round.hpp"
#include "actors/collector/fact_threads.hpp"

namespace tier2 {

struct collector_state {
  std::vector<fact_source> sources;
  std::chrono::milliseconds limit{};
  ticket_actor ticket;
  fact_round round;
  fact_threads threads;
  tier2::meter meter;
  static inline const char* name = "collector";
};

/// Asks all sources at once; what has not answered within `limit` becomes a line that says so.
collector_actor::behavior_type collector(collector_actor::stateful_pointer<collector_state> self,
                                         std::vector<fact_source> sources, std::chrono::milliseconds limit,
                                         ticket_actor ticket);

} // namespace tier2
