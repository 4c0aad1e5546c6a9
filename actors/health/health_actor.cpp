#include "actors/health/health_actor.hpp"

#include <memory>

namespace tier2 {

namespace {

using health_pointer = health_actor::stateful_pointer<health_state>;
using any_actor = caf::typed_actor<caf::replies_to<get_health>::with<actor_health>>;

constexpr std::chrono::seconds patience{3};
constexpr std::chrono::seconds heartbeat_interval{30};

/// One gathering in progress: answers come in any order and are put together by name.
struct gathering {
  std::map<std::string, actor_health> found;
  std::vector<child_status> children;
  std::size_t open{};
  caf::typed_response_promise<std::vector<actor_health>> promise;
};

void answered(health_pointer self, const std::shared_ptr<gathering>& all) {
  if (--all->open != 0) return;
  for (const auto& child : all->children) {
    const auto at = all->found.find(child.name);
    if (at == all->found.end()) continue;
    at->second.restarts = child.restarts;
    if (!child.up) at->second.state = "restarting";
    if (at->second.last_error.empty()) at->second.last_error = child.last_error;
  }
  std::vector<actor_health> list;
  for (const auto& peer : self->state.peers) list.push_back(std::move(all->found[peer.name]));
  all->promise.deliver(std::move(list));
}

void ask_all(health_pointer self, const caf::typed_response_promise<std::vector<actor_health>>& promise) {
  auto all = std::make_shared<gathering>();
  all->promise = promise;
  all->open = self->state.peers.size() + 1;
  self->request(self->state.supervisor(), patience, get_children{})
      .then(
          [self, all](std::vector<child_status>& children) {
            all->children = std::move(children);
            answered(self, all);
          },
          [self, all](const caf::error&) { answered(self, all); });
  for (const auto& peer : self->state.peers) {
    auto& entry = all->found[peer.name];
    entry.name = peer.name;
    entry.program = self->state.program;
    entry.state = "unavailable";
    self->request(caf::actor_cast<any_actor>(peer.slot), patience, get_health{})
        .then(
            [self, all, name = peer.name](actor_health& report) {
              report.name = name;
              report.program = self->state.program;
              all->found[name] = std::move(report);
              answered(self, all);
            },
            [self, all](const caf::error&) { answered(self, all); });
  }
}

void beat(health_pointer self) {
  const auto me = caf::actor_cast<health_actor>(self);
  self->delayed_send(me, heartbeat_interval, heartbeat_due{});
  self->request(me, patience * 2, gather{})
      .then(
          [self](std::vector<actor_health>& all) {
            for (const auto& [connection, actors] : self->state.helpers) all.insert(all.end(), actors.begin(), actors.end());
            self->send(self->state.channel, to_cloud{wire::heartbeat{std::chrono::system_clock::now(), std::move(all)}});
          },
          [self](const caf::error& why) { self->state.meter.failed(from_caf(why)); });
}

} // namespace

health_actor::behavior_type health(health_pointer self, std::string program, std::vector<health_peer> peers,
                                   std::function<supervisor_actor()> supervisor, channel_actor channel) {
  be_quiet(self);
  self->state.program = std::move(program);
  self->state.peers = std::move(peers);
  self->state.supervisor = std::move(supervisor);
  self->state.channel = std::move(channel);
  if (self->state.channel)
    self->delayed_send(caf::actor_cast<health_actor>(self), std::chrono::seconds{2}, heartbeat_due{});

  return {
      [self](const gather&) {
        const auto timed = self->state.meter.handle();
        auto promise = self->make_response_promise<std::vector<actor_health>>();
        ask_all(self, promise);
        return promise;
      },
      [self](const heartbeat_due&) { beat(self); },
      [self](const helper_health& what) {
        const auto timed = self->state.meter.handle();
        if (what.actors.empty()) {
          self->state.helpers.erase(what.connection);
          return;
        }
        auto actors = what.actors;
        for (auto& each : actors) {
          each.program = "buttonhelper";
          each.session = what.session;
        }
        self->state.helpers.insert_or_assign(what.connection, std::move(actors));
      },
      [self](const get_health&) { return self->state.meter.report(self->mailbox().size()); },
  };
}

} // namespace tier2
