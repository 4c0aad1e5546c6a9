#include "actors/input_hook/input_hook_actor.hpp"

namespace tier2 {

input_hook_actor::behavior_type input_hook(input_hook_actor::stateful_pointer<input_hook_state> self,
                                           const open_input& open, capture_actor capture,
                                           ticket_actor ticket) {
  be_quiet(self);
  self->state.capture = std::move(capture);
  self->state.ticket = std::move(ticket);
  const auto me = caf::actor_cast<input_hook_actor>(self);
  auto source = open({
      .on_trigger = [me](const trigger_event& event) { caf::anon_send(me, triggered{event}); },
      .on_hotkey = [me](steady_time at) { caf::anon_send(me, open_ticket{at, "hotkey", {}}); },
      .on_lost = [me](error why) { caf::anon_send(me, source_lost{std::move(why)}); },
  });
  if (!source) {
    self->quit(to_caf(source.error()));
    return input_hook_actor::behavior_type::make_empty_behavior();
  }
  self->state.source = std::move(*source);
  if (const auto problem = self->state.source->hotkey_problem(); !problem.empty()) {
    spdlog::warn("{}", problem);
    self->state.meter.failed({errc::in_use, problem});
  }
  if (const auto key = self->state.source->hotkey(); !key.empty()) spdlog::info("The hotkey is {}.", key);

  return {
      [self](const triggered& what) {
        const auto timed = self->state.meter.handle();
        self->state.meter.count("triggers");
        self->send(self->state.capture, what);
      },
      [self](const open_ticket& what) {
        const auto timed = self->state.meter.handle();
        self->state.meter.count("hotkeys");
        self->send(self->state.ticket, what);
      },
      [self](const source_lost& what) { self->quit(to_caf(what.why)); },
      [self](const get_health&) {
        const auto counts = self->state.source->counts();
        self->state.meter.set("dropped_wheel", counts.wheel);
        self->state.meter.set("dropped_other", counts.other);
        self->state.meter.set("dropped_autorepeat", counts.autorepeat);
        return self->state.meter.report(self->mailbox().size());
      },
  };
}

} // namespace tier2
