#include "actors/health/health_actor.hpp"

#include "messages/printable.hpp"

#include <memory>
#include <utility>

namespace tier2 {

namespace {

using health_pointer = health_actor::stateful_pointer<health_state>;
using any_actor = caf::typed_actor<caf::replies_to<get_health>::with<actor_health>>;

constexpr std::chrono::seconds patience{3};
constexpr std::chrono::seconds heartbeat_interval{30};
/// For the helpers, so that a heartbeat stays below the bound of a text frame.
constexpr std::size_t most_heartbeat_bytes = 512U << 10U;
constexpr std::size_t most_counters = 24;

/// One gathering in progress: answers come in any order and are put together by name.
struct gathering {
  std::map<std::string, actor_health> found;
  std::vector<child_status> children;
  std::size_t open{};
  bool done{false};
  caf::typed_response_promise<std::vector<actor_health>> promise;
};

void deliver(health_pointer self, gathering& all) {
  if (std::exchange(all.done, true)) return;
  for (const auto& child : all.children) {
    const auto at = all.found.find(child.name);
    if (at == all.found.end()) continue;
    at->second.restarts = child.restarts;
    if (!child.up) at->second.state = "restarting";
    if (at->second.last_error.empty()) at->second.last_error = child.last_error;
  }
  std::vector<actor_health> list;
  list.reserve(self->state.peers.size());
  for (const auto& peer : self->state.peers)
    list.push_back(std::move(all.found[peer.name]));
  all.promise.deliver(std::move(list));
}

/// One time limit for all: a limit a request would wake the clock's thread for each of them.
void ask_all(health_pointer self, const caf::typed_response_promise<std::vector<actor_health>>& promise) {
  auto all = std::make_shared<gathering>();
  all->promise = promise;
  all->open = self->state.peers.size() + 1;
  self->state.pending = [self, all] { deliver(self, *all); };
  self->delayed_send(caf::actor_cast<health_actor>(self), patience, gathering_due{++self->state.round});
  const auto answered = [self, all] {
    if (--all->open == 0) deliver(self, *all);
  };
  self->request(self->state.supervisor(), caf::infinite, get_children{})
      .then(
          [all, answered](std::vector<child_status>& children) {
            all->children = std::move(children);
            answered();
          },
          [answered](const caf::error&) { answered(); });
  for (const auto& peer : self->state.peers) {
    auto& entry = all->found[peer.name];
    entry.name = peer.name;
    entry.program = self->state.program;
    entry.state = "unavailable";
    self->request(caf::actor_cast<any_actor>(peer.slot), caf::infinite, get_health{})
        .then(
            [all, answered, name = peer.name, program = self->state.program](actor_health& report) {
              report.name = name;
              report.program = program;
              if (!all->done) all->found[name] = std::move(report);
              answered();
            },
            [answered](const caf::error&) { answered(); });
  }
}

/// What a helper says of itself comes from a user: bounded, and nothing that grows when it is quoted.
actor_health from_helper(actor_health said, const std::string& session) {
  said.program = "buttonhelper";
  said.session = printable(session, 64);
  said.name = printable(said.name, 64);
  said.state = printable(said.state, 16);
  said.last_error = printable(said.last_error, 200);
  if (said.counters.size() > most_counters) said.counters.resize(most_counters);
  for (auto& [reason, count] : said.counters)
    reason = printable(reason, 48);
  return said;
}

/// About what they take as JSON.
std::size_t size_of(const std::vector<actor_health>& actors) {
  std::size_t bytes = 0;
  for (const auto& each : actors) {
    bytes += 320 + each.name.size() + each.session.size() + each.last_error.size();
    for (const auto& [reason, count] : each.counters)
      bytes += reason.size() + 28;
  }
  return bytes;
}

void beat(health_pointer self) {
  const auto me = caf::actor_cast<health_actor>(self);
  self->delayed_send(me, heartbeat_interval, heartbeat_due{});
  self->request(me, caf::infinite, gather{})
      .then(
          [self](std::vector<actor_health>& all) {
            std::size_t room = most_heartbeat_bytes;
            for (const auto& [connection, actors] : self->state.helpers) {
              const auto size = size_of(actors);
              if (size > room) {
                self->state.meter.count("helpers_left_out");
                continue;
              }
              room -= size;
              all.insert(all.end(), actors.begin(), actors.end());
            }
            self->send(self->state.channel,
                       to_cloud{wire::heartbeat{std::chrono::system_clock::now(), std::move(all)}});
          },
          [self](const caf::error& why) { self->state.meter.failed(from_caf(why)); });
}

} // namespace

health_actor::behavior_type health(health_pointer self, std::string program, std::vector<health_peer> peers,
                                   std::function<supervisor_actor()> supervisor, channel_actor channel,
                                   watch_actor watch) {
  be_quiet(self);
  self->state.program = std::move(program);
  self->state.peers = std::move(peers);
  self->state.supervisor = std::move(supervisor);
  self->state.channel = std::move(channel);
  self->state.watch = std::move(watch);
  if (self->state.channel)
    self->delayed_send(caf::actor_cast<health_actor>(self), std::chrono::seconds{2}, heartbeat_due{});

  return {
      [self](const gather&) {
        const auto timed = self->state.meter.handle();
        auto promise = self->make_response_promise<std::vector<actor_health>>();
        ask_all(self, promise);
        return promise;
      },
      [self](const gathering_due& what) {
        if (what.round == self->state.round && self->state.pending)
          std::exchange(self->state.pending, nullptr)();
      },
      [self](const heartbeat_due&) { beat(self); },
      [self](const helper_health& what) {
        const auto timed = self->state.meter.handle();
        if (what.actors.empty()) {
          self->state.helpers.erase(what.connection);
          if (self->state.watch) self->send(self->state.watch, what);
          return;
        }
        auto actors = what.actors;
        for (auto& each : actors)
          each = from_helper(std::move(each), what.session);
        if (self->state.watch)
          self->send(self->state.watch, helper_health{what.connection, printable(what.session, 64), actors});
        self->state.helpers.insert_or_assign(what.connection, std::move(actors));
      },
      [self](const get_health&) { return self->state.meter.report(self->mailbox().size()); },
  };
}

} // namespace tier2
