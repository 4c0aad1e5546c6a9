#pragma once

#include "actors/actor.hpp"
#include "platform/input.hpp"

#include <functional>
#include <memory>

namespace tier2 {

/// Opens the input source; the platform's own in the program, a scripted one in tests.
using open_input = std::function<result<std::unique_ptr<input_source>>(input_source::callbacks)>;

struct input_hook_state {
  std::unique_ptr<input_source> source;
  capture_actor capture;
  ticket_actor ticket;
  tier2::meter meter;
  static inline const char* name = "input_hook";
};

/// Owns the input source and passes on what it reports. Ends with the source's error when the display is lost
/// or cannot be opened.
input_hook_actor::behavior_type input_hook(input_hook_actor::stateful_pointer<input_hook_state> self,
                                           const open_input& open, capture_actor capture,
                                           ticket_actor ticket);

} // namespace tier2
