#include "actors/channel/channel_actor.hpp"

#include "messages/printable.hpp"
#include "platform/facts.hpp"
#include "platform/process.hpp"
#include "platform/secure_memory.hpp"

#include <fmt/format.h>

namespace tier2 {

namespace {

using channel_pointer = channel_actor::stateful_pointer<channel_state>;
using end = net::websocket_client::end_reason;

/// Unsent bytes below which bulk may follow; a small message waits behind no more than these and one frame.
constexpr std::size_t low_water_bytes = 64U << 10U;

channel_actor me(channel_pointer self) { return caf::actor_cast<channel_actor>(self); }

std::uint32_t random_word() {
  std::uint32_t word{};
  random_bytes(std::as_writable_bytes(std::span{&word, 1}));
  return word;
}

void tell_status(channel_pointer self) {
  const auto& state = self->state;
  self->send(state.tell.relay, state.status);
  self->send(state.tell.command, state.status);
  self->send(state.tell.alerting, state.status);
}

void set_status(channel_pointer self, bool connected, std::string detail) {
  auto& status = self->state.status;
  if (status.connected == connected && status.detail == detail) return;
  status = {connected, std::move(detail)};
  tell_status(self);
}

void retry_later(channel_pointer self) {
  const auto wait = self->state.wait.next(random_word());
  self->delayed_send(me(self), wait, connect_link{});
}

error to_error(const net::websocket_client::ended& ended) {
  const auto said = printable(ended.text, 500); // may be the peer's words
  switch (ended.why) {
  case end::untrusted:
    return {errc::untrusted, said};
  case end::http_refused:
    if (ended.code == 401)
      return {errc::unauthorised,
              "The cloud does not accept this machine's key. It is not enrolled anew by itself: an operator "
              "has to "
              "decide. Then move the key file away and put a new enrolment token in place."};
    if (ended.code == 403)
      return {errc::revoked, "An operator has revoked this machine's access to the cloud."};
    return {errc::refused, fmt::format("The server answered with HTTP status {}: {}", ended.code, said)};
  case end::closed:
    if (ended.code == 4403)
      return {errc::revoked, "An operator has revoked this machine's access to the cloud."};
    if (ended.code == 4409)
      return {errc::conflict,
              "Another connection with this machine's key has taken the place of this one. If that was "
              "no restart, two machines share one key: a disk was cloned."};
    return {errc::unavailable, fmt::format("The cloud closed the connection ({}): {}", ended.code, said)};
  case end::protocol:
    return {errc::malformed, said};
  case end::dead:
    return {errc::timed_out, said};
  case end::overflow:
    return {errc::too_large, said};
  case end::unreachable:
  case end::stopped:
    break;
  }
  return {errc::unavailable, said};
}

std::uint32_t milliseconds_of(std::chrono::seconds time) {
  return static_cast<std::uint32_t>(std::chrono::milliseconds{time}.count());
}

void open(channel_pointer self, const authorization& who) {
  auto& state = self->state;
  state.enrolling = who.enrolling;
  state.replacing = !who.replaces.is_nil();
  state.key_digest = who.key_digest;
  state.board_digest = who.board_digest;
  state.disk_digest = who.disk_digest;
  const auto connection = ++state.connection;
  net::websocket_client::options where;
  where.host = state.cloud.host;
  where.port = state.cloud.port;
  where.ca_file = state.cloud.ca_file;
  where.low_water_bytes = low_water_bytes;
  where.crl_file = state.cloud.crl_file;
  where.ping_interval_ms = milliseconds_of(state.cloud.ping_interval);
  where.dead_after_ms = milliseconds_of(state.cloud.dead_after);
  where.proxy = state.cloud.proxy;
  where.authorization = who.header;
  where.headers = {{"Tier2-Agent", who.agent_id}};
  if (state.replacing) where.headers.emplace("Tier2-Replaces", to_string(who.replaces));
  const auto to = me(self);
  net::websocket_client::callbacks tell;
  tell.on_open = [to, connection] { caf::anon_send(to, link_up{connection}); };
  // The first nonsense ends the link; what comes until it does is not even looked at.
  tell.on_held_text = [to, connection, spoilt = false](const std::string& text,
                                                       net::intake::receipt receipt) mutable {
    if (spoilt) return;
    auto what = wire::decode(text);
    spoilt = !what;
    if (spoilt) return caf::anon_send(to, link_down{connection, std::move(what.error())});
    caf::anon_send(to, link_said{connection, std::move(*what), {}, std::move(receipt)});
  };
  // on_binary: packs, a later version
  tell.on_ended = [to, connection](const net::websocket_client::ended& ended) {
    caf::anon_send(to, link_down{connection, to_error(ended)});
  };
  if (state.tell.watch)
    tell.on_verified = [watch = state.tell.watch](const net::server_trust& trust) {
      caf::anon_send(watch, cloud_verified{trust.until, trust.subject, trust.own, trust.issuers});
    };
  tell.on_drained = [to, connection] { caf::anon_send(to, link_drained{connection}); };
  state.client = net::websocket_client::connect(std::move(where), std::move(tell));
}

void connect(channel_pointer self) {
  self->request(self->state.keystore, std::chrono::seconds{30}, get_authorization{})
      .then([self](const authorization& who) { open(self, who); },
            [self](const caf::error& why) {
              const auto reason = from_caf(why);
              self->state.meter.failed(reason);
              if (self->state.status.detail != reason.what) spdlog::warn("{}", reason.what);
              set_status(self, false, reason.what);
              retry_later(self);
            });
}

void say_hello(channel_pointer self) {
  const auto& state = self->state;
  const auto machine = this_machine();
  std::vector<std::string> capabilities{"tickets"};
  capabilities.insert(capabilities.end(), state.commands.capabilities.begin(),
                      state.commands.capabilities.end());
  state.client->send_text(
      wire::encode(wire::hello{1, TIER2_VERSION, machine.os, machine.host, boot_id(), state.commands.groups,
                               std::move(capabilities), state.commands.running}));
}

/// Bulk goes after control: only when little is left of what was handed over before.
void send_bulk(channel_pointer self) {
  auto& state = self->state;
  while (state.client && !state.bulk.empty() && state.client->buffered_bytes() <= low_water_bytes) {
    state.client->send_binary(std::move(state.bulk.front()));
    state.bulk.pop_front();
  }
}

void on_up(channel_pointer self) {
  auto& state = self->state;
  if (state.enrolling) {
    const auto machine = this_machine();
    state.client->send_text(
        wire::encode(wire::enroll{state.key_digest, machine.host, machine.os, machine.arch, TIER2_VERSION,
                                  state.board_digest, state.disk_digest}));
    return;
  }
  say_hello(self);
  // Two machines that take the link from each other do so ever more seldom.
  if (!state.contested) state.wait.succeeded();
  spdlog::info("Connected to the cloud at {}:{}.", state.cloud.host, state.cloud.port);
  set_status(self, true, {});
}

/// Our own older link is not listened to any more: whoever took the place of this one is not this program.
void tell_of_clone(channel_pointer self) {
  alert shared;
  shared.severity = alert_severity::critical;
  shared.source = "channel";
  shared.title = "Another machine uses this machine's key";
  shared.body =
      "A connection with the same key took the place of this machine's. Most likely a disk or a virtual "
      "machine was copied: commands and alerts of both look like those of one. Revoke this agent, and "
      "give each of the two an enrolment token of its own and no machine.key.";
  shared.dedupe_key = "identity_shared";
  self->send(self->state.tell.alerting, raise_alert{std::move(shared)});
}

void on_down(channel_pointer self, const error& why) {
  auto& state = self->state;
  state.contested = why.code == errc::conflict && state.status.connected;
  if (state.contested)
    tell_of_clone(self);
  else if (state.status.connected)
    state.wait.succeeded(); // whoever shared our key is gone
  state.client.reset();
  state.bulk.clear();
  if (state.replacing && (why.code == errc::unauthorised || why.code == errc::revoked))
    self->send(state.keystore, proof_refused{});
  state.meter.failed(why);
  state.meter.count(std::string{"ended_"} + std::string{to_string(why.code)});
  if (state.status.connected || state.status.detail != why.what)
    spdlog::warn("No connection to the cloud: {}", why.what);
  set_status(self, false, why.what);
  retry_later(self);
}

void on_enrolled(channel_pointer self, const wire::enrolled& what) {
  auto& state = self->state;
  if (!state.enrolling) return state.meter.count("unexpected_enrolled");
  if (what.state == "revoked")
    return on_down(self, {errc::revoked, "An operator has revoked this machine's access."});
  self->send(state.keystore, enrolment_done{});
  ++state.connection; // what the old connection still says is void
  state.client.reset();
  state.enrolling = false;
  self->send(me(self), connect_link{});
}

} // namespace

channel_actor::behavior_type channel(channel_pointer self, agent_config::cloud_section cloud,
                                     keystore_actor keystore, channel_listeners tell) {
  be_quiet(self);
  self->state.cloud = std::move(cloud);
  self->state.keystore = std::move(keystore);
  self->state.tell = std::move(tell);
  self->state.status.detail = "The first connection is being made.";
  tell_status(self);
  self->send(me(self), connect_link{});

  return {
      [self](const connect_link&) {
        const auto timed = self->state.meter.handle();
        if (!self->state.client) connect(self);
      },
      [self](const link_up& what) {
        const auto timed = self->state.meter.handle();
        if (what.connection == self->state.connection && self->state.client) on_up(self);
      },
      [self](const link_down& what) {
        const auto timed = self->state.meter.handle();
        if (what.connection == self->state.connection && self->state.client) on_down(self, what.why);
      },
      [self](const link_said& what) {
        const auto timed = self->state.meter.handle();
        if (what.connection != self->state.connection || !self->state.client) return;
        if (const auto* enrolled = std::get_if<wire::enrolled>(&what.what))
          return on_enrolled(self, *enrolled);
        if (std::holds_alternative<wire::ticket_state>(what.what))
          return self->send(self->state.tell.relay, from_cloud{what.what, what.receipt});
        if (std::holds_alternative<wire::command>(what.what))
          return self->send(self->state.tell.command, from_cloud{what.what, what.receipt});
        if (const auto* ack = std::get_if<wire::ack>(&what.what)) {
          if (ack->of == wire::ack::subject::alert)
            return self->send(self->state.tell.alerting, from_cloud{what.what, what.receipt});
          return self->send(self->state.tell.command, from_cloud{what.what, what.receipt});
        }
        if (const auto* note = std::get_if<wire::notice>(&what.what))
          return spdlog::info("The cloud says: {}", printable(note->text, 200));
        self->state.meter.count("unknown_message");
      },
      [self](const to_cloud& what) {
        const auto timed = self->state.meter.handle();
        if (!self->state.status.connected) return self->state.meter.count("dropped_not_connected");
        auto text = wire::encode(what.what);
        if (text.size() > wire::max_text_bytes) return self->state.meter.count("dropped_too_large");
        self->state.client->send_text(std::move(text));
      },
      [self](const to_cloud_bulk& what) {
        const auto timed = self->state.meter.handle();
        if (!self->state.status.connected) return self->state.meter.count("dropped_not_connected");
        const auto bytes = wire::encode(
            wire::binary_frame{what.kind, what.id, what.part, what.offset, std::span{what.payload}});
        const auto* raw = reinterpret_cast<const unsigned char*>(bytes.data());
        self->state.bulk.emplace_back(raw, raw + bytes.size());
        send_bulk(self);
      },
      [self](const link_drained& what) {
        const auto timed = self->state.meter.handle();
        if (what.connection == self->state.connection) send_bulk(self);
      },
      [self](const command_summary& what) {
        const auto timed = self->state.meter.handle();
        const bool news = what.groups != self->state.commands.groups ||
                          what.capabilities != self->state.commands.capabilities;
        self->state.commands = what;
        if (news && self->state.status.connected) say_hello(self);
      },
      [self](const get_cloud_status&) { return self->state.status; },
      [self](const get_command_summary&) { return self->state.commands; },
      [self](const get_health&) {
        self->state.meter.set("buffered", self->state.client ? self->state.client->buffered_bytes() : 0);
        return self->state.meter.report(self->mailbox().size());
      },
  };
}

} // namespace tier2
