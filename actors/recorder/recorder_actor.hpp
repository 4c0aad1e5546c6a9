#pragma once

#include "actors/actor.hpp"
#include "actors/recorder/frame_ring.hpp"

#include <memory>

namespace tier2 {

struct recorder_state {
  std::shared_ptr<frame_ring> ring;
  tier2::meter meter;
  static inline const char* name = "recorder";
};

/// The only one that touches the ring, which outlives it: what was recorded survives a crash of the recorder.
recorder_actor::behavior_type recorder(recorder_actor::stateful_pointer<recorder_state> self,
                                       std::shared_ptr<frame_ring> ring);

} // namespace tier2
