#include "actors/compression/compression_actor.hpp"

#include "platform/process.hpp"

namespace tier2 {

compression_actor::behavior_type compression(compression_actor::stateful_pointer<compression_state> self,
                                             std::shared_ptr<frame_codec> codec, recorder_actor recorder) {
  be_quiet(self);
  give_way(background::recording); // on the thread of its own
  self->state.codec = std::move(codec);
  self->state.recorder = std::move(recorder);
  return {
      [self](keep& what) -> caf::result<kept> {
        const auto timed = self->state.meter.handle();
        if (is_lost(what.frame->info.note))
          return self->delegate(self->state.recorder,
                                store{std::make_shared<const kept_frame>(kept_frame{what.frame->info, {}})});
        auto frame = self->state.codec->encode(*what.frame);
        what.frame.reset(); // the screen's segment is free again
        if (!frame) {
          self->state.meter.failed(frame.error());
          return to_caf(frame.error());
        }
        return self->delegate(self->state.recorder,
                              store{std::make_shared<const kept_frame>(std::move(*frame))});
      },
      [self](const get_health&) { return self->state.meter.report(self->mailbox().size()); },
  };
}

} // namespace tier2
