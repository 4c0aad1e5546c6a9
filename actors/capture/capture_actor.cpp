#include "actors/capture/capture_actor.hpp"

namespace tier2 {

namespace {

using capture_pointer = capture_actor::stateful_pointer<capture_state>;

void grab_for(capture_pointer self, const std::optional<trigger_event>& event) {
  if (event) {
    self->state.thread->grab(*event);
    return;
  }
  if (!self->state.gate.idle()) return;
  for (auto& each : self->state.flushes)
    each.deliver(flushed{});
  self->state.flushes.clear();
}

void done(capture_pointer self) { grab_for(self, self->state.gate.on_done()); }

} // namespace

capture_actor::behavior_type capture(capture_pointer self, grab_thread::open_screen open,
                                     compression_actor compression, std::shared_ptr<std::uint64_t> last_id) {
  be_quiet(self);
  self->state.compression = std::move(compression);
  self->state.last_id = std::move(last_id);
  self->state.thread = std::make_unique<grab_thread>(
      std::move(open),
      [me = caf::actor_cast<capture_actor>(self)](const trigger_event& event, result<raw_frame> frame) {
        if (!frame) {
          caf::anon_send(me, grabbed{nullptr, std::move(frame.error())});
          return;
        }
        frame->info.cause = event;
        caf::anon_send(me, grabbed{std::make_shared<const raw_frame>(std::move(*frame)), {}});
      });

  return {
      [self](const triggered& what) {
        const auto timed = self->state.meter.handle();
        if (const auto event = self->state.gate.on_trigger(what.event)) grab_for(self, event);
      },
      [self](grabbed& what) {
        const auto timed = self->state.meter.handle();
        if (!what.frame) {
          self->state.meter.failed(what.failed);
          self->state.meter.count("grab_failed");
          if (what.failed.code == errc::display_lost || what.failed.code == errc::no_display)
            return self->quit(to_caf(what.failed));
          return done(self);
        }
        auto numbered = std::make_shared<raw_frame>(*what.frame);
        what.frame.reset();
        numbered->info.id = ++*self->state.last_id;
        self->request(self->state.compression, std::chrono::seconds{20}, keep{std::move(numbered)})
            .then([self](const kept&) { done(self); },
                  [self](const caf::error& why) {
                    self->state.meter.failed(from_caf(why));
                    self->state.meter.count("frame_lost");
                    done(self);
                  });
      },
      [self](const set_recording& what) {
        const auto timed = self->state.meter.handle();
        self->state.gate.set_recording(what.on);
      },
      [self](const flush&) -> caf::result<flushed> {
        const auto timed = self->state.meter.handle();
        if (self->state.gate.idle()) return flushed{};
        self->state.flushes.push_back(self->make_response_promise<flushed>());
        return self->state.flushes.back();
      },
      [self](const get_health&) {
        const auto& counts = self->state.gate.counts();
        self->state.meter.set("taken", counts.taken);
        self->state.meter.set("coalesced", counts.coalesced);
        self->state.meter.set("resting", counts.resting);
        return self->state.meter.report(self->mailbox().size());
      },
  };
}

} // namespace tier2
