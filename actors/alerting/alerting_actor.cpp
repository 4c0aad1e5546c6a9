#include "actors/alerting/alerting_actor.hpp"

#include "platform/process.hpp"

#include <utility>

namespace tier2 {

namespace {

using alerting_pointer = alerting_actor::stateful_pointer<alerting_state>;

constexpr std::size_t most_early = 64;
constexpr std::chrono::milliseconds open_again_after{200};
constexpr std::chrono::seconds room_again_after{30};

void send_to_cloud(alerting_pointer self, const alert& what) {
  if (self->state.connected) self->send(self->state.channel, to_cloud{wire::alert{what}});
}

using outcome = wire::alert_answer::outcome;

/// On the disk first, then to the cloud.
outcome keep(alerting_pointer self, const alert& what) {
  auto& state = self->state;
  if (!state.outbox) {
    if (state.early.size() >= most_early) {
      state.meter.count("dropped_too_many");
      return outcome::in_memory;
    }
    state.early.push_back(what);
    if (state.unopened) {
      state.meter.count("not_written");
      send_to_cloud(self, what);
    }
    return outcome::in_memory;
  }
  auto how = outcome::kept;
  if (auto kept = state.outbox->add(what); !kept) {
    how = outcome::in_memory;
    state.meter.failed(kept.error());
    state.meter.count("not_written");
    spdlog::error("An alert could not be written down and is lost if this program ends before it is sent: {}",
                  kept.error().what);
  }
  send_to_cloud(self, what);
  return how;
}

/// Of one key and severity one passes in ten minutes: what gets worse, or well again, is news.
outcome raise(alerting_pointer self, flood_gate& gate, alert what) {
  auto& state = self->state;
  const auto& key = what.dedupe_key.empty() ? what.title : what.dedupe_key;
  const auto held = gate.admit(std::string{to_string(what.severity)} + "\n" + key, self->clock().now());
  if (!held) {
    state.meter.count("held_back");
    return outcome::held_back;
  }
  what.id = random_uuid();
  what.at = std::chrono::system_clock::now();
  what.suppressed += *held;
  state.meter.count("raised");
  return keep(self, what);
}

void on_status(alerting_pointer self, const cloud_status& now) {
  self->state.connected = now.connected;
  if (!now.connected || !(self->state.outbox || self->state.unopened)) return;
  for (const auto& each : self->state.outbox ? self->state.outbox->pending() : self->state.early)
    send_to_cloud(self, each);
}

/// A full or read-only disk; wrong permissions are for the administrator, and end the actor.
bool may_pass(const error& why) { return why.code == errc::disk_full || why.code == errc::io_failed; }

void open(alerting_pointer self, const outbox_key& key) {
  auto& state = self->state;
  auto opened = alert_outbox::open(state.directory, key.present, key.former);
  if (!opened && may_pass(opened.error())) {
    // An alert about just that is the one that has to get through.
    state.meter.failed(opened.error());
    if (!std::exchange(state.unopened, true)) {
      spdlog::error("Alerts are sent, but cannot be written down: {}", opened.error().what);
      for (const auto& each : state.early)
        send_to_cloud(self, each);
    }
    self->delayed_send(caf::actor_cast<alerting_actor>(self), room_again_after, open_outbox{});
    return;
  }
  if (!opened) return self->quit(to_caf(opened.error()));
  state.unopened = false;
  state.outbox.emplace(std::move(opened->outbox));
  for (const auto& each : state.outbox->pending())
    send_to_cloud(self, each);
  if (!opened->warning.empty()) {
    spdlog::error("{}", opened->warning);
    alert damaged;
    damaged.severity = alert_severity::error;
    damaged.source = "alerting";
    damaged.title = "Alerts that waited could not be read";
    damaged.body = opened->warning;
    raise(self, state.gate, std::move(damaged));
  }
  const auto early = std::exchange(state.early, {});
  for (const auto& each : early)
    keep(self, each);
}

} // namespace

alerting_actor::behavior_type alerting(alerting_pointer self, std::string directory, channel_actor channel,
                                       keystore_actor keystore) {
  be_quiet(self);
  self->state.directory = std::move(directory);
  self->state.channel = std::move(channel);
  self->state.keystore = std::move(keystore);
  self->send(caf::actor_cast<alerting_actor>(self), open_outbox{});
  self->request(self->state.channel, std::chrono::seconds{10}, get_cloud_status{})
      .then([self](const cloud_status& now) { on_status(self, now); },
            [](const caf::error&) {}); // it is still starting and will tell by itself

  return {
      [self](const raise_alert& what) {
        const auto timed = self->state.meter.handle();
        raise(self, self->state.gate, what.what);
      },
      [self](const keep_alert& what) {
        const auto timed = self->state.meter.handle();
        self->state.meter.count("of_other_programs");
        return alert_kept{raise(self, self->state.gate_of_others, what.what)};
      },
      [self](const cloud_status& now) {
        const auto timed = self->state.meter.handle();
        on_status(self, now);
      },
      [self](const from_cloud& what) {
        const auto timed = self->state.meter.handle();
        const auto* ack = std::get_if<wire::ack>(&what.what);
        if (ack == nullptr) return;
        auto& state = self->state;
        const auto known =
            state.outbox
                ? state.outbox->acknowledge(ack->id)
                : std::erase_if(state.early, [&](const alert& each) { return each.id == ack->id; }) > 0;
        if (!known) state.meter.count("stray_ack");
      },
      [self](const open_outbox&) {
        const auto timed = self->state.meter.handle();
        if (self->state.outbox) return;
        self->request(self->state.keystore, caf::infinite, get_outbox_key{})
            .then([self](const outbox_key& key) { open(self, key); },
                  [self](const caf::error&) { // it is not there yet, or not any more
                    self->delayed_send(caf::actor_cast<alerting_actor>(self), open_again_after,
                                       open_outbox{});
                  });
      },
      [self](const get_health&) {
        const auto& outbox = self->state.outbox;
        self->state.meter.set("waiting", outbox ? outbox->pending().size() : self->state.early.size());
        self->state.meter.set("dropped_for_room", outbox ? outbox->dropped() : 0);
        return self->state.meter.report(self->mailbox().size());
      },
  };
}

} // namespace tier2
