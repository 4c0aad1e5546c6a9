#include "actors/relay/status_question.hpp"

#include <memory>
#include <utility>

namespace tier2 {

namespace {

constexpr std::chrono::seconds patience{4};

/// What has come, and how much is still to come.
struct gathering {
  wire::machine_status all;
  std::size_t missing{};
};

void take_outbox(wire::machine_status& all) {
  for (const auto& actor : all.actors) {
    if (actor.name != "alerting") continue;
    for (const auto& [reason, count] : actor.counters) {
      if (reason == "waiting") all.outbox.waiting = count;
      if (reason == "dropped_for_room") all.outbox.dropped = count;
    }
  }
}

} // namespace

void answer_status(relay_actor::stateful_pointer<relay_state> self, std::uint64_t connection) {
  const auto& state = self->state;
  const auto now = std::make_shared<gathering>();
  now->all.version = TIER2_VERSION;
  now->all.at = std::chrono::system_clock::now();
  now->all.started = state.around.started;
  now->all.cloud = {state.around.cloud_host, state.cloud.detail, state.cloud.connected, state.cloud_since};
  const auto done = [self, connection, now] {
    if (--now->missing != 0) return;
    take_outbox(now->all);
    self->state.server->send(connection, {wire::encode(now->all), {}});
  };
  const auto ask = [&]<class Answer>(const auto& whom, auto question,
                                     void (*take)(wire::machine_status&, Answer&)) {
    ++now->missing;
    self->request(whom, patience, std::move(question))
        .then(
            [now, done, take](Answer& answer) {
              take(now->all, answer);
              done();
            },
            [self, done](const caf::error& why) {
              self->state.meter.failed(from_caf(why));
              self->state.meter.count("status_incomplete");
              done();
            });
  };
  ++now->missing; // until all are asked
  ask(
      state.health, gather{},
      +[](wire::machine_status& all, std::vector<actor_health>& actors) { all.actors = std::move(actors); });
  ask(
      state.around.keystore, get_key_status{}, +[](wire::machine_status& all, key_status& key) {
        all.agent = key.agent;
        all.replaces = key.replaces;
        all.enrolled = key.enrolled;
        all.protection = key.protection;
      });
  ask(
      state.channel, get_command_summary{}, +[](wire::machine_status& all, command_summary& commands) {
        all.groups = std::move(commands.groups);
        all.running = std::move(commands.running);
      });
  done();
}

} // namespace tier2
