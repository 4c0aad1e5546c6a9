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

picture_note note_of(errc why) {
  switch (why) {
  case errc::conflict:
    return picture_note::lost_resizing;
  case errc::in_use:
    return picture_note::lost_busy;
  case errc::display_lost:
  case errc::no_display:
    return picture_note::lost_display;
  case errc::too_large:
    return picture_note::lost_windows;
  default:
    return picture_note::lost_other;
  }
}

/// Stands for a picture that could not be taken: the ticket shows that there is none, and why.
raw_frame lost(const error& why) {
  raw_frame frame;
  frame.info.captured_at = std::chrono::steady_clock::now();
  frame.info.note = note_of(why.code);
  frame.info.technical = why.what;
  return frame;
}

void go_on(capture_pointer self) { grab_for(self, self->state.gate.on_done()); }

} // namespace

capture_actor::behavior_type capture(capture_pointer self, grab_thread::open_screen open,
                                     compression_actor compression, std::shared_ptr<std::uint64_t> last_id) {
  be_quiet(self);
  self->state.compression = std::move(compression);
  self->state.last_id = std::move(last_id);
  self->state.thread = std::make_unique<grab_thread>(
      std::move(open),
      [me = caf::actor_cast<capture_actor>(self)](const trigger_event& event, result<raw_frame> frame) {
        auto taken = frame ? std::move(*frame) : lost(frame.error());
        taken.info.cause = event;
        caf::anon_send(me, grabbed{std::make_shared<const raw_frame>(std::move(taken)),
                                   frame ? error{} : std::move(frame.error())});
      });

  return {
      [self](const triggered& what) {
        const auto timed = self->state.meter.handle();
        if (const auto event = self->state.gate.on_trigger(what.event)) grab_for(self, event);
      },
      [self](grabbed& what) {
        const auto timed = self->state.meter.handle();
        auto numbered = std::make_shared<raw_frame>(*what.frame);
        what.frame.reset();
        numbered->info.id = ++*self->state.last_id;
        const auto note = numbered->info.note;
        if (is_lost(note)) {
          self->state.meter.failed(what.failed);
          self->state.meter.count("grab_failed");
          numbered->info.width = self->state.width;
          numbered->info.height = self->state.height;
        } else {
          self->state.width = numbered->info.width;
          self->state.height = numbered->info.height;
          if (note != picture_note::none) self->state.meter.count("blank");
          if (numbered->info.painted_over != 0) self->state.meter.count("painted_over");
        }
        // A grabber whose display is lost is of no more use: the next incarnation opens the display again.
        const auto done = [self, ends = note == picture_note::lost_display, why = what.failed] {
          if (ends) return self->quit(to_caf(why));
          go_on(self);
        };
        self->request(self->state.compression, std::chrono::seconds{20}, keep{std::move(numbered)})
            .then([self, done](const kept&) { done(); },
                  [self, done](const caf::error& why) {
                    self->state.meter.failed(from_caf(why));
                    self->state.meter.count("frame_lost");
                    done();
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
