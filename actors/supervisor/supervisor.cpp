#include "actors/supervisor/supervisor.hpp"

#include "actors/actor.hpp"

#include <utility>

namespace tier2 {

namespace {

struct child {
  child_spec spec;
  restart_policy policy;
  caf::strong_actor_ptr present;
  std::string last_error;
  error why;    ///< The same.
  bool asked{}; ///< It goes down because we said so: that is no crash.
};

struct supervisor_state {
  std::vector<child> children;
  std::function<void(std::string, error)> on_escalate;
  std::function<void(child_crashed)> on_restart;
  bool stopping{false};
  caf::typed_response_promise<stopped> when_stopped;
  static inline const char* name = "supervisor";
};

using supervisor_pointer = supervisor_actor::stateful_pointer<supervisor_state>;

void start(supervisor_pointer self, child& which) {
  which.present = which.spec.start(self);
  caf::anon_send(which.spec.slot, put_into_slot{which.present});
}

/// Ends the children from the last to the first, each after the one before it is down: later ones use earlier
/// ones.
void stop_next(supervisor_pointer self) {
  auto& children = self->state.children;
  for (auto each = children.rbegin(); each != children.rend(); ++each) {
    if (!each->present) continue;
    self->send_exit(caf::actor_cast<caf::actor>(each->present), caf::exit_reason::user_shutdown);
    return;
  }
  for (auto& each : children)
    self->send_exit(each.spec.slot, caf::exit_reason::user_shutdown);
  self->state.when_stopped.deliver(stopped{});
  self->quit();
}

bool is_environment(const error& why) {
  return why.code == errc::no_display || why.code == errc::display_lost || why.code == errc::wayland_only;
}

void on_down(supervisor_pointer self, const caf::down_msg& down) {
  for (std::size_t i = 0; i < self->state.children.size(); ++i) {
    auto& which = self->state.children[i];
    if (!which.present || which.present->address() != down.source) continue;
    which.present = nullptr;
    caf::anon_send(which.spec.slot, put_into_slot{});
    if (self->state.stopping) return stop_next(self);
    if (std::exchange(which.asked, false)) {
      spdlog::info("{} starts again, as asked", which.spec.name);
      start(self, which);
      return;
    }
    const auto why = which.why = from_caf(down.reason);
    which.last_error = std::string{to_string(why.code)} + ": " + why.what;
    const auto wait =
        which.policy.on_down(self->clock().now(), is_environment(why) ? restart_policy::cause::environment
                                                                      : restart_policy::cause::crash);
    if (!wait) {
      const bool outage = is_environment(why);
      spdlog::critical("{} {} ({}); the program ends {}", which.spec.name,
                       outage ? "has had no display for too long" : "went down too often", which.last_error,
                       outage ? "as its session seems to have" : "so that it can be started afresh");
      self->state.on_escalate(which.spec.name, why);
      return;
    }
    spdlog::warn("{} went down ({}); it starts again in {} ms", which.spec.name, which.last_error,
                 wait->count());
    self->delayed_send(caf::actor_cast<supervisor_actor>(self), *wait, restart_child{i});
    return;
  }
}

supervisor_actor::behavior_type supervisor(supervisor_pointer self, std::vector<child_spec> specs,
                                           std::function<void(std::string, error)> on_escalate,
                                           std::function<void(child_crashed)> on_restart) {
  be_quiet(self);
  self->state.on_restart = std::move(on_restart);
  self->state.on_escalate = std::move(on_escalate);
  self->set_down_handler([self](const caf::down_msg& down) { on_down(self, down); });
  // Children are linked so that they never outlive us; their ends arrive as down messages.
  self->set_exit_handler([self](const caf::exit_msg& end) {
    for (const auto& each : self->state.children)
      if (each.present && each.present->address() == end.source) return;
    if (end.reason == caf::exit_reason::kill) self->quit(end.reason);
  });
  for (auto& spec : specs) {
    const auto limits = spec.limits;
    self->state.children.push_back({std::move(spec), restart_policy{limits}, nullptr, {}, {}, false});
  }
  for (auto& each : self->state.children)
    start(self, each);

  return {
      [self](const restart_child& which) {
        if (self->state.stopping) return;
        auto& child = self->state.children[which.index];
        start(self, child);
        if (self->state.on_restart)
          self->state.on_restart({child.spec.name, child.why, child.policy.restarts()});
      },
      [self](const stop_all&) {
        self->state.stopping = true;
        self->state.when_stopped = self->make_response_promise<stopped>();
        auto promise = self->state.when_stopped;
        stop_next(self);
        return promise;
      },
      [self](const restart_named& which) {
        for (auto& each : self->state.children) {
          if (each.spec.name != which.name) continue;
          if (each.present && !self->state.stopping) {
            each.asked = true;
            self->send_exit(caf::actor_cast<caf::actor>(each.present), caf::exit_reason::user_shutdown);
          }
          return restarted{true};
        }
        return restarted{false};
      },
      [self](const get_children&) {
        std::vector<child_status> all;
        all.reserve(self->state.children.size());
        for (const auto& each : self->state.children)
          all.push_back({each.spec.name, each.present != nullptr, each.policy.restarts(), each.last_error});
        return all;
      },
  };
}

} // namespace

supervisor_actor spawn_supervisor(caf::actor_system& system, std::vector<child_spec> children,
                                  std::function<void(std::string, error)> on_escalate,
                                  std::function<void(child_crashed)> on_restart) {
  return system.spawn(supervisor, std::move(children), std::move(on_escalate), std::move(on_restart));
}

} // namespace tier2
