#include "actors/command/command_actor.hpp"
#include "actors/command/group_file.hpp"

#include <algorithm>

namespace tier2 {

namespace {

constexpr std::chrono::seconds patience{10};

command_exit done(std::int64_t code, std::string detail = {}) {
  command_exit how;
  how.code = code;
  how.detail = std::move(detail);
  return how;
}

/// Does what an accepted command says.
struct performance {
  command_pointer self;
  uuid jti;
  unix_seconds issued{};

  auto failed() const {
    return
        [self = self, jti = jti](const caf::error& why) { finish(self, jti, done(1, from_caf(why).what)); };
  }

  void operator()(const cancel_command& what) const {
    if (!end_run(self, what.jti))
      return finish(self, jti, done(1, "That command does not run on this machine (any more)."));
    finish(self, jti, done(0));
  }
  void operator()(const report_command& what) const {
    if (!self->state.around.limits.report)
      return finish(self, jti,
                    done(1, "This machine's configuration does not let commands open the ticket page."));
    tell(wire::report{what.message}, {});
  }
  void operator()(const notify_command& what) const { tell(wire::notify{what.title, what.body}, {}); }
  void operator()(const set_groups_command& what) const {
    auto& state = self->state;
    // In the order of signing: who carries commands could else bring an older one last.
    if (issued <= state.groups_issued)
      return finish(self, jti,
                    done(1, "Another set_groups for this machine was signed later, or in the same second: "
                            "its groups stay as that one said."));
    if (auto written = write_groups(state.around.state_directory, {what.groups, issued}); !written)
      return finish(self, jti, done(1, written.error().what));
    state.here.groups = what.groups;
    state.groups_issued = issued;
    tell_summary(self);
    finish(self, jti, done(0));
  }
  void operator()(const restart_actor_command& what) const {
    if (what.program == "buttonhelper") return tell(wire::restart_actor{what.name}, what.session);
    if (what.program != "tier2-service")
      return finish(self, jti, done(1, "There are actors in buttonhelper and tier2-service only."));
    // Written down before it happens: the actor that is to go may be this one.
    self->request(self->state.around.supervisor(), patience, get_children{})
        .then(
            [self = self, jti = jti, name = what.name](const std::vector<child_status>& children) {
              const auto known =
                  std::ranges::any_of(children, [&](const child_status& each) { return each.name == name; });
              finish(self, jti,
                     known ? done(0) : done(1, "There is no actor of that name in tier2-service."));
              if (known) caf::anon_send(self->state.around.supervisor(), restart_named{name});
            },
            failed());
  }
  /// `run` has its own way, and what is unsupported never gets here.
  template <class Other>
  void operator()(const Other&) const {}

private:
  void tell(wire::message what, const std::string& session) const {
    self->request(self->state.around.relay, patience, tell_helpers{session, std::move(what)})
        .then(
            [self = self, jti = jti](const helpers_told& told) {
              finish(self, jti,
                     told.count != 0 ? done(0) : done(1, "No user with the helper is at this machine now."));
            },
            failed());
  }
};

} // namespace

bool end_run(command_pointer self, const uuid& jti) {
  auto& state = self->state;
  const auto run = state.runs.find(jti);
  if (run == state.runs.end() || run->second.ended) return false;
  if (run->second.started) {
    self->send(state.around.runner, cancel_run{jti});
  } else {
    std::erase(state.queue, jti);
    end_unstarted(self, jti, "It was cancelled before it started.");
  }
  return true;
}

void perform(command_pointer self, const command_claims& claims) {
  std::visit(performance{self, claims.jti, claims.issued}, claims.cmd);
}

} // namespace tier2
