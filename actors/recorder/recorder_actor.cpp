#include "actors/recorder/recorder_actor.hpp"

namespace tier2 {

recorder_actor::behavior_type recorder(recorder_actor::stateful_pointer<recorder_state> self,
                                       std::shared_ptr<frame_ring> ring) {
  be_quiet(self);
  self->state.ring = std::move(ring);
  return {
      [self](const store& what) {
        const auto timed = self->state.meter.handle();
        self->state.ring->push(what.frame, std::chrono::steady_clock::now());
        return kept{};
      },
      [self](const snapshot& what) {
        const auto timed = self->state.meter.handle();
        return self->state.ring->snapshot(what.until, std::chrono::steady_clock::now());
      },
      [self](const forget& what) {
        const auto timed = self->state.meter.handle();
        self->state.ring->forget(what.until);
      },
      [self](const get_health&) {
        auto& meter = self->state.meter;
        self->state.ring->expire(std::chrono::steady_clock::now());
        const auto& counts = self->state.ring->counts();
        meter.set("frames", self->state.ring->size());
        meter.set("bytes", self->state.ring->bytes());
        meter.set("evicted_count", counts.evicted_count);
        meter.set("evicted_bytes", counts.evicted_bytes);
        meter.set("evicted_age", counts.evicted_age);
        meter.set("evicted_lost", counts.evicted_lost);
        meter.set("refused_too_large", counts.refused);
        return meter.report(self->mailbox().size());
      },
  };
}

} // namespace tier2
