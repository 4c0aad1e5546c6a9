#pragma once

#include "actors/actor.hpp"
#include "actors/compression/frame_codec.hpp"

#include <memory>

namespace tier2 {

struct compression_state {
  std::shared_ptr<frame_codec> codec;
  recorder_actor recorder;
  tier2::meter meter;
  static inline const char* name = "compression";
};

/// Compresses and seals each frame and gives it to the recorder. Spawn it detached: it works for
/// milliseconds.
compression_actor::behavior_type compression(compression_actor::stateful_pointer<compression_state> self,
                                             std::shared_ptr<frame_codec> codec, recorder_actor recorder);

} // namespace tier2
