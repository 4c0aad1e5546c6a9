#include "actors/collector/collector_actor.hpp"

namespace tier2 {

namespace {

using collector_pointer = collector_actor::stateful_pointer<collector_state>;

void tell_ticket(collector_pointer self, fact what) {
  if (!what.failed.empty()) self->state.meter.count("failed_" + what.id);
  self->send(self->state.ticket, collected{self->state.round.number(), std::move(what)});
}

void tell_complete(collector_pointer self) {
  self->send(self->state.ticket, facts_complete{self->state.round.number()});
}

} // namespace

collector_actor::behavior_type collector(collector_pointer self, std::vector<fact_source> sources,
                                         std::chrono::milliseconds limit, ticket_actor ticket) {
  be_quiet(self);
  self->state.sources = std::move(sources);
  self->state.limit = limit;
  self->state.ticket = std::move(ticket);
  const auto me = caf::actor_cast<collector_actor>(self);

  return {
      [self, me](const collect& what) {
        const auto timed = self->state.meter.handle();
        self->state.round = fact_round{what.round, self->state.sources};
        for (const auto& each : self->state.sources)
          self->state.threads.ask(each, [me, round = what.round](fact answer) {
            caf::anon_send(me, collected{round, std::move(answer)});
          });
        self->delayed_send(me, self->state.limit, facts_complete{what.round});
      },
      [self](const collected& what) {
        const auto timed = self->state.meter.handle();
        if (!self->state.round.arrived(what.round, what.what.id)) return self->state.meter.count("late");
        tell_ticket(self, what.what);
        if (self->state.round.complete()) tell_complete(self);
      },
      [self](const facts_complete& what) {
        const auto timed = self->state.meter.handle();
        if (what.round != self->state.round.number() || self->state.round.complete()) return;
        for (auto& each : self->state.round.give_up(self->state.limit))
          tell_ticket(self, std::move(each));
        tell_complete(self);
      },
      [self](const get_health&) { return self->state.meter.report(self->mailbox().size()); },
  };
}

} // namespace tier2
