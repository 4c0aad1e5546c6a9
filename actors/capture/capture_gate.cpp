#include "actors/capture/capture_gate.hpp"

#include <utility>

namespace tier2 {

std::optional<trigger_event> capture_gate::on_trigger(const trigger_event& event) {
  if (!recording_) {
    ++counts_.resting;
    return std::nullopt;
  }
  if (busy_) {
    if (waiting_) ++counts_.coalesced;
    waiting_ = event;
    return std::nullopt;
  }
  busy_ = true;
  ++counts_.taken;
  return event;
}

std::optional<trigger_event> capture_gate::on_done() {
  busy_ = false;
  auto next = std::exchange(waiting_, std::nullopt);
  if (next) {
    busy_ = true;
    ++counts_.taken;
  }
  return next;
}

void capture_gate::set_recording(bool on) {
  recording_ = on;
  if (!on && std::exchange(waiting_, std::nullopt)) ++counts_.resting;
}

} // namespace tier2
