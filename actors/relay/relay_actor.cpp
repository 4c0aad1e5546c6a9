#include "actors/relay/relay_actor.hpp"

#include "actors/relay/own_url.hpp"
#include "actors/relay/status_question.hpp"
#include "platform/crypto/digest.hpp"

namespace tier2 {

namespace {

using relay_pointer = relay_actor::stateful_pointer<relay_state>;

/// Of one helper: more would let a user blow the heartbeat up beyond what the cloud takes.
constexpr std::size_t most_actors = 32;

void tell(relay_pointer self, std::uint64_t connection, const wire::message& what) {
  self->state.server->send(connection, {wire::encode(what), {}});
}

/// After which a helper begins a ticket again that had to wait for others.
constexpr std::uint32_t retry_after_s = 15;

wire::link_status status_of(const cloud_status& cloud) { return {cloud.connected, cloud.detail}; }

struct from_helper {
  relay_pointer self;
  std::uint64_t connection;
  const peer_identity& who;
  std::vector<std::byte>& bulk;

  void operator()(wire::ticket_begin& what) const {
    auto& state = self->state;
    const auto refuse = [&](const std::string& why, std::uint32_t retry = 0) {
      state.meter.count(retry == 0 ? "ticket_refused" : "ticket_put_off");
      tell(self, connection, wire::ticket_state{what.ticket, {}, {}, {}, why, retry});
    };
    if (!equal(what.consent.manifest, blake2b_256(what.manifest)))
      return refuse("The consent is not about this ticket's content.");
    // The channel would drop it, and its answer would be waited for: the helper begins when it hears of the
    // cloud.
    if (!state.cloud.connected) return state.meter.count("ticket_begun_without_cloud");
    if (const auto begun = state.routes.begin(what.ticket, connection, who.account, what.manifest.size());
        !begun) {
      if (begun.error().code == errc::in_use) return state.meter.count("ticket_begun_twice");
      return refuse(begun.error().what, begun.error().code == errc::too_large ? retry_after_s : 0);
    }
    what.origin = {who.account, who.user, who.session};
    state.meter.count("tickets_begun");
    self->send(state.channel, to_cloud{std::move(what)});
  }
  void operator()(const wire::ticket_data& what) const {
    if (!self->state.routes.owns(what.ticket, connection) || bulk.empty())
      return self->state.meter.count("part_of_foreign_ticket");
    if (!self->state.routes.forward(what.ticket, bulk.size()))
      return self->state.meter.count("part_beyond_window");
    self->send(self->state.channel, to_cloud_bulk{wire::frame_kind::ticket_part, what.ticket, what.part,
                                                  what.offset, std::move(bulk)});
  }
  void operator()(const wire::ticket_end& what) const {
    if (!self->state.routes.owns(what.ticket, connection))
      return self->state.meter.count("end_of_foreign_ticket");
    if (!self->state.routes.finish(what.ticket)) return self->state.meter.count("end_said_twice");
    self->send(self->state.channel, to_cloud{what});
  }
  void operator()(const wire::health& what) const {
    if (what.actors.size() > most_actors) return self->state.meter.count("health_too_large");
    // The session is the kernel's word, not the helper's.
    self->send(self->state.health,
               helper_health{connection, who.session.empty() ? who.user : who.session, what.actors});
  }
  void operator()(const wire::get_status&) const {
    if (!is_trusted("how the service is")) return;
    self->state.meter.count("status_asked");
    answer_status(self, connection);
  }
  void operator()(wire::alert& what) const {
    if (!is_trusted("alerts to the helpdesk")) return;
    const auto id = what.what.id;
    what.what.labels["reported_by"] = who.user; // by the kernel's word, whatever the text says
    self->request(self->state.around.alerting, caf::infinite, keep_alert{std::move(what.what)})
        .then([relay = self, to = connection,
               id](const alert_kept& kept) { tell(relay, to, wire::alert_answer{id, kept.how}); },
              [relay = self, to = connection](const caf::error& why) {
                relay->state.meter.failed(from_caf(why));
                tell(relay, to, wire::notice{"The service could not take the alert: try again.", 1});
              });
  }
  /// Only root and the service's own account may do this; others are told so.
  bool is_trusted(const std::string& what) const {
    self->state.visitors.insert(connection);
    if (who.privileged || who.same_user) return true;
    self->state.meter.count("not_trusted");
    tell(self, connection, wire::notice{"Only root may ask for or send this: " + what + ".", 0});
    return false;
  }
  template <class Other>
  void operator()(const Other&) const {
    self->state.meter.count("unknown_message");
  }
};

void on_status(relay_pointer self, const cloud_status& now) {
  auto& state = self->state;
  if (now.connected != state.cloud.connected) state.cloud_since = std::chrono::system_clock::now();
  state.cloud = now;
  state.routes.cloud_lost(); // each word of the channel is about another link than the one before
  for (const auto& [connection, who] : state.helpers)
    tell(self, connection, status_of(now));
}

void on_said(relay_pointer self, link_said& what) {
  const auto helper = self->state.helpers.find(what.connection);
  if (helper == self->state.helpers.end()) return self->state.meter.count("late");
  std::visit(from_helper{self, what.connection, helper->second, what.bulk}, what.what);
}

} // namespace

relay_actor::behavior_type relay(relay_pointer self, relay_surroundings around, channel_actor channel,
                                 health_actor health) {
  be_quiet(self);
  self->state.around = std::move(around);
  self->state.channel = std::move(channel);
  self->state.health = std::move(health);
  const auto to = caf::actor_cast<relay_actor>(self);
  auto server = local_link_server::listen(
      {self->state.around.path, true, 16},
      {.on_open = [to](std::uint64_t which,
                       const peer_identity& who) { caf::anon_send(to, helper_came{which, who}); },
       .on_message =
           [to](std::uint64_t which, wire::local_message message) {
             if (auto what = wire::decode(message.json))
               caf::anon_send(to, link_said{which, std::move(*what), std::move(message.bulk)});
             else
               caf::anon_send(to, link_down{which, std::move(what.error())});
           },
       .on_close =
           [to](std::uint64_t which) { caf::anon_send(to, link_down{which, {errc::unavailable, ""}}); }});
  if (!server) {
    self->quit(to_caf(server.error()));
    return relay_actor::behavior_type::make_empty_behavior();
  }
  self->state.server = std::move(*server);
  spdlog::info("Listening for helpers at {}.", self->state.around.path);
  self->request(self->state.channel, std::chrono::seconds{10}, get_cloud_status{})
      .then([self](const cloud_status& now) { on_status(self, now); },
            [](const caf::error&) {}); // it is still starting and will tell by itself

  return {
      [self](const helper_came& what) {
        const auto timed = self->state.meter.handle();
        self->state.helpers.insert_or_assign(what.connection, what.who);
        tell(self, what.connection, status_of(self->state.cloud));
      },
      [self](link_said& what) {
        const auto timed = self->state.meter.handle();
        on_said(self, what);
      },
      [self](const link_down& what) {
        const auto timed = self->state.meter.handle();
        if (!what.why.what.empty()) { // it spoke nonsense
          self->state.meter.count("malformed");
          self->state.meter.failed(what.why);
          self->state.server->close(what.connection);
        }
        self->state.helpers.erase(what.connection);
        self->state.visitors.erase(what.connection);
        self->state.routes.closed(what.connection);
        self->send(self->state.health, helper_health{what.connection, {}, {}});
      },
      [self](const cloud_status& now) {
        const auto timed = self->state.meter.handle();
        on_status(self, now);
      },
      [self](const from_cloud& what) {
        const auto timed = self->state.meter.handle();
        const auto* state = std::get_if<wire::ticket_state>(&what.what);
        if (state == nullptr) return;
        const auto connection = self->state.routes.connection_of(state->ticket);
        std::uint64_t had = 0;
        for (const auto& part : state->have)
          had += part.bytes;
        self->state.routes.acknowledged(state->ticket, had);
        if (!connection) return self->state.meter.count("state_of_unknown_ticket");
        auto answer = *state;
        if (!answer.url.empty() && !is_own_url(answer.url, self->state.around.cloud_host)) {
          self->state.meter.count("foreign_url");
          answer.url.clear();
        }
        tell(self, *connection, answer);
        if (!state->number.empty() || !state->error.empty()) self->state.routes.end(state->ticket);
      },
      [self](const get_sessions&) {
        const auto timed = self->state.meter.handle();
        user_sessions all;
        for (const auto& [connection, who] : self->state.helpers)
          if (!self->state.visitors.contains(connection)) all.push_back(who);
        return all;
      },
      [self](const tell_helpers& what) {
        const auto timed = self->state.meter.handle();
        helpers_told told;
        for (const auto& [connection, who] : self->state.helpers) {
          if (self->state.visitors.contains(connection) ||
              (!what.session.empty() && who.session != what.session))
            continue;
          tell(self, connection, what.what);
          ++told.count;
        }
        return told;
      },
      [self](const get_health&) {
        self->state.meter.set("helpers", self->state.helpers.size() - self->state.visitors.size());
        self->state.meter.set("tickets", self->state.routes.size());
        self->state.meter.set("overflowed", self->state.server->overflowed());
        return self->state.meter.report(self->mailbox().size());
      },
  };
}

} // namespace tier2
