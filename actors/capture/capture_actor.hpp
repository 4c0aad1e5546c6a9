#pragma once

#include "actors/actor.hpp"
#include "actors/capture/capture_gate.hpp"
#include "actors/capture/grab_thread.hpp"

#include <memory>
#include <vector>

namespace tier2 {

struct capture_state {
  capture_gate gate;
  compression_actor compression;
  std::unique_ptr<grab_thread> thread;
  std::shared_ptr<std::uint64_t> last_id;
  std::uint32_t width{1280}, height{720}; ///< Of the last picture: a lost one is shown in its shape.
  std::vector<caf::typed_response_promise<flushed>> flushes; ///< Answered when nothing is in hand.
  tier2::meter meter;
  static inline const char* name = "capture";
};

/// Takes a picture for each trigger and hands it to compression. `open` is called on the actor's own thread
/// when the first picture is wanted. A grab that fails becomes a frame without pixels that says why. A lost
/// display ends the actor with the display's error; the frames' numbers go on from `last_id` in the next
/// incarnation.
capture_actor::behavior_type capture(capture_actor::stateful_pointer<capture_state> self,
                                     grab_thread::open_screen open, compression_actor compression,
                                     std::shared_ptr<std::uint64_t> last_id);

} // namespace tier2
