#include "actors/link/link_actor.hpp"

#include "platform/notification.hpp"
#include "platform/secure_memory.hpp"

namespace tier2 {

namespace {

using link_pointer = link_actor::stateful_pointer<link_state>;
using kind = submit_progress::kind;

constexpr std::chrono::seconds health_interval{60};

link_actor me(link_pointer self) { return caf::actor_cast<link_actor>(self); }

std::uint32_t random_word() {
  std::uint32_t word{};
  random_bytes(std::as_writable_bytes(std::span{&word, 1}));
  return word;
}

void tell_ticket(link_pointer self, kind how, std::string detail = {}, std::string technical = {}) {
  const auto& upload = *self->state.upload;
  self->send(self->state.ticket, submit_progress{upload.ticket(), how, upload.acknowledged(), upload.number(),
                                                 upload.url(), std::move(detail), std::move(technical)});
}

void say(link_pointer self, std::vector<wire::local_message> messages) {
  for (auto& each : messages)
    self->state.client->send(std::move(each));
}

/// Begins (again) when both the service and the cloud are there, else says what is missing.
void try_upload(link_pointer self, std::string technical = {}) {
  auto& state = self->state;
  if (!state.upload || state.upload->finished()) return;
  if (!state.client)
    return tell_ticket(self, kind::waiting,
                       "The support service on this computer does not answer. Your ticket is kept here and "
                       "sent when it does.",
                       std::move(technical));
  if (!state.cloud.connected)
    return tell_ticket(self, kind::waiting,
                       "There is no connection to the helpdesk at the moment. Your ticket is kept here and "
                       "sent when there is.",
                       state.cloud.detail);
  tell_ticket(self, kind::sending);
  say(self, state.upload->connected());
}

void retry_later(link_pointer self) {
  if (std::exchange(self->state.retry_pending, true)) return;
  const auto bound = self->state.upload ? std::chrono::milliseconds{5000} : std::chrono::milliseconds{60'000};
  self->delayed_send(me(self),
                     std::min(self->state.wait.next(random_word()), bound) + std::chrono::milliseconds{100},
                     connect_link{});
}

void connect(link_pointer self) {
  auto& state = self->state;
  if (state.client) return;
  const auto connection = ++state.connection;
  auto client = local_link_client::connect(
      state.path, local_link_client::expected_peer::privileged_or_same_user,
      {.on_message =
           [to = me(self), connection](wire::local_message what) {
             auto decoded = wire::decode(what.json);
             if (!decoded) return caf::anon_send(to, link_down{connection, std::move(decoded.error())});
             caf::anon_send(to, link_said{connection, std::move(*decoded), std::move(what.bulk)});
           },
       .on_closed = [to = me(self),
                     connection](error why) { caf::anon_send(to, link_down{connection, std::move(why)}); }});
  if (!client) {
    state.meter.failed(client.error());
    state.meter.count("connect_failed");
    try_upload(self, client.error().what);
    return retry_later(self);
  }
  state.client = std::move(*client);
  state.wait.succeeded();
  spdlog::info("Connected to the service.");
  self->delayed_send(me(self), std::chrono::milliseconds{500}, send_health{connection});
}

void on_state(link_pointer self, const wire::ticket_state& what) {
  auto& state = self->state;
  if (!state.upload || what.ticket != state.upload->ticket())
    return state.meter.count("state_of_other_ticket");
  say(self, state.upload->on_state(what, std::chrono::steady_clock::now()));
  if (!state.upload->refused().empty()) {
    tell_ticket(self, kind::refused, "The helpdesk's server did not take the ticket.",
                state.upload->refused());
    state.upload.reset();
  } else if (!state.upload->number().empty()) {
    tell_ticket(self, kind::sent);
    state.upload.reset();
  } else if (const auto wait = state.upload->retry_after(); wait.count() != 0) {
    tell_ticket(
        self, kind::waiting,
        "The helpdesk's server cannot take the ticket at the moment. It is kept here and sent when it can.",
        state.upload->put_off());
    self->delayed_send(me(self), wait, retry_upload{state.connection, state.upload->ticket()});
  } else {
    tell_ticket(self, kind::sending);
  }
}

/// What a signed command asks of the helper; the service has checked it, and only root can be the service.
struct on_command {
  link_pointer self;
  void operator()(const wire::report& what) const {
    self->state.meter.count("reports");
    self->send(self->state.ticket, open_ticket{std::chrono::steady_clock::now(), "command", what.message});
  }
  void operator()(const wire::notify& what) const {
    self->state.meter.count("notifications");
    if (auto shown = notify_user(self->state.control.organisation, what.title, what.body); !shown) {
      self->state.meter.failed(shown.error());
      spdlog::warn("A notification could not be shown: {}", shown.error().what);
    }
  }
  void operator()(const wire::restart_actor& what) const {
    caf::anon_send(self->state.control.supervisor(), restart_named{what.name});
  }
  template <class Other>
  void operator()(const Other&) const {
    self->state.meter.count("unknown_message");
  }
};

} // namespace

link_actor::behavior_type link(link_pointer self, std::string path, std::string session, ticket_actor ticket,
                               health_actor health, link_control control) {
  be_quiet(self);
  self->state.path = std::move(path);
  self->state.session = std::move(session);
  self->state.ticket = std::move(ticket);
  self->state.health = std::move(health);
  self->state.control = std::move(control);
  self->send(self->state.ticket, link_started{});
  self->send(me(self), connect_link{});

  return {
      [self](const submit& what) {
        const auto timed = self->state.meter.handle();
        if (self->state.upload && self->state.upload->ticket() == what.what->ticket()) return;
        self->state.upload.emplace(what.what);
        if (!self->state.client) connect(self);
        if (self->state.client) try_upload(self);
      },
      [self](const withdraw& what) {
        const auto timed = self->state.meter.handle();
        if (self->state.upload && self->state.upload->ticket() == what.ticket) self->state.upload.reset();
      },
      [self](const connect_link&) {
        const auto timed = self->state.meter.handle();
        self->state.retry_pending = false;
        connect(self);
      },
      [self](const link_down& what) {
        const auto timed = self->state.meter.handle();
        if (what.connection != self->state.connection || !self->state.client) return;
        spdlog::info("The connection to the service ended: {}", what.why.what);
        self->state.meter.failed(what.why);
        self->state.client.reset();
        self->state.cloud = {};
        if (self->state.upload) self->state.upload->disconnected();
        try_upload(self, what.why.what);
        retry_later(self);
      },
      [self](const link_said& what) {
        const auto timed = self->state.meter.handle();
        if (what.connection != self->state.connection) return;
        if (const auto* state = std::get_if<wire::ticket_state>(&what.what)) return on_state(self, *state);
        if (const auto* status = std::get_if<wire::link_status>(&what.what)) {
          self->state.cloud = *status;
          return try_upload(self);
        }
        std::visit(on_command{self}, what.what);
      },
      [self](const retry_upload& what) {
        const auto timed = self->state.meter.handle();
        auto& state = self->state;
        if (what.connection == state.connection && state.upload && state.upload->ticket() == what.ticket &&
            state.upload->retry_after().count() != 0)
          try_upload(self);
      },
      [self](const send_health& what) {
        if (what.connection != self->state.connection || !self->state.client) return;
        self->delayed_send(me(self), health_interval, send_health{what.connection});
        self->request(self->state.health, caf::infinite, gather{})
            .then(
                [self](const std::vector<actor_health>& all) {
                  if (self->state.client)
                    self->state.client->send({wire::encode(wire::health{self->state.session, all}), {}});
                },
                [self](const caf::error& why) { self->state.meter.failed(from_caf(why)); });
      },
      [self](const get_health&) { return self->state.meter.report(self->mailbox().size()); },
  };
}

} // namespace tier2
