#include "actors/command/command_actor.hpp"

#include "actors/command/group_file.hpp"
#include "messages/printable.hpp"
#include "platform/process_tree.hpp"

#include <algorithm>

namespace tier2 {

namespace {

void warn_of_journal(command_pointer self, const std::string& what) {
  spdlog::error("{}", what);
  alert raised;
  raised.severity = alert_severity::error;
  raised.source = "command";
  raised.title = "This machine's memory of commands";
  raised.body = what;
  raised.dedupe_key = "command_journal";
  self->send(self->state.around.alerting, raise_alert{std::move(raised)});
}

void open_journal(command_pointer self, const agent_name& name) {
  auto& state = self->state;
  const auto now = state.around.now();
  auto opened = command_journal::open(state.around.state_directory, now, name.fresh);
  auto audit = audit_log::open(state.around.state_directory, now);
  if (!opened || !audit) {
    const auto& why = opened ? audit.error() : opened.error();
    state.broken = why.what;
    state.meter.failed(why);
    return warn_of_journal(self, "No signed command can run on this machine: " + why.what);
  }
  state.journal.emplace(std::move(opened->journal));
  state.audit.emplace(std::move(*audit));
  if (!opened->warning.empty()) {
    write_audit(self, "journal_begun_anew", {{"detail", opened->warning}});
    warn_of_journal(self, opened->warning);
  }
  for (const auto& jti : opened->interrupted)
    write_audit(self, "exit", {{"jti", to_string(jti)}, {"reason", "interrupted"}});
}

void begin(command_pointer self, const agent_name& name) {
  auto& state = self->state;
  state.here.agent_id = to_string(name.agent);
  if (auto groups = read_groups(state.around.state_directory, state.around.limits.groups)) {
    state.here.groups = std::move(groups->names);
    state.groups_issued = groups->issued;
  } else {
    // Those of the configuration may be more than a signed command has left.
    state.meter.failed(groups.error());
    spdlog::error("This machine is in no group until this is mended: {}", groups.error().what);
  }
  open_journal(self, name);
  tell_summary(self);
}

void on_status(command_pointer self, const cloud_status& now) {
  auto& state = self->state;
  state.connected = now.connected;
  if (!now.connected || !state.journal) return;
  for (auto& [jti, run] : state.runs)
    run.window.rewind();
  for (const auto& jti : state.journal->unacknowledged())
    say_exit(self, jti);
  send_output(self);
}

} // namespace

unix_seconds to_seconds(wall_time at) { return std::chrono::floor<std::chrono::seconds>(at); }

wall_time now(const command_state& state) {
  const auto clock = state.around.now();
  return state.journal ? std::max(clock, wall_time{state.journal->latest_issued()}) : clock;
}

bool write_audit(command_pointer self, std::string_view event, const audit_log::fields& about) {
  auto& state = self->state;
  if (!state.audit) return false;
  if (auto written = state.audit->write(state.around.now(), event, about); !written) {
    state.meter.failed(written.error());
    state.meter.count("audit_not_written");
    spdlog::error("The audit log could not be written: {}", written.error().what);
    return false;
  }
  return true;
}

void tell_summary(command_pointer self) {
  auto& state = self->state;
  command_summary summary;
  summary.groups = state.here.groups;
  summary.capabilities = {"commands"};
  for (const auto& shell : available_shells())
    summary.capabilities.push_back("shell:" + shell);
  for (const auto& [jti, run] : state.runs)
    if (!run.ended) summary.running.push_back(jti);
  self->send(state.around.channel, std::move(summary));
}

command_actor::behavior_type command_desk(command_pointer self, command_surroundings around) {
  be_quiet(self);
  self->state.around = std::move(around);
  std::vector<verification_key> keys;
  for (const auto& pem : self->state.around.keys) {
    auto key = verification_key::from_pem(pem);
    if (!key) {
      self->quit(to_caf(key.error()));
      return command_actor::behavior_type::make_empty_behavior();
    }
    keys.push_back(std::move(*key));
  }
  self->state.verifier.emplace(std::move(keys));
  self->send(self->state.around.runner, end_all_runs{});
  // Nothing else is looked at before we know who we are.
  self->request(self->state.around.keystore, caf::infinite, get_identity{})
      .await([self](const agent_name& name) { begin(self, name); },
             [self](const caf::error& why) { self->quit(why); });
  self->request(self->state.around.channel, std::chrono::seconds{10}, get_cloud_status{})
      .then([self](const cloud_status& now) { on_status(self, now); },
            [](const caf::error&) {}); // it is still starting and will tell by itself

  return {
      [self](const from_cloud& what) {
        const auto timed = self->state.meter.handle();
        if (const auto* command = std::get_if<wire::command>(&what.what)) return decide(self, *command);
        if (const auto* ack = std::get_if<wire::ack>(&what.what)) return on_acknowledged(self, *ack);
      },
      [self](const cloud_status& now) {
        const auto timed = self->state.meter.handle();
        on_status(self, now);
      },
      [self](const run_wrote& what) {
        const auto timed = self->state.meter.handle();
        const auto run = self->state.runs.find(what.jti);
        if (run == self->state.runs.end() || !run->second.window.append(what.part, what.offset, *what.bytes))
          return self->state.meter.count("stray_output");
        send_output(self);
      },
      [self](const run_ended& what) {
        const auto timed = self->state.meter.handle();
        if (!self->state.runs.contains(what.jti)) return self->state.meter.count("stray_end");
        finish(self, what.jti, what.how);
        start_next(self);
      },
      [self](const runner_started&) {
        const auto timed = self->state.meter.handle();
        std::vector<uuid> lost;
        for (const auto& [jti, run] : self->state.runs)
          if (run.started && !run.ended) lost.push_back(jti);
        for (const auto& jti : lost) {
          command_exit how;
          how.reason = exit_reason::interrupted;
          how.output_lost = true;
          how.detail = "The part of the service that runs commands had to be started again.";
          finish(self, jti, how);
        }
        start_next(self);
      },
      [self](const start_waiting&) {
        const auto timed = self->state.meter.handle();
        start_next(self);
      },
      [self](const get_health&) {
        auto& state = self->state;
        state.meter.set("queued", state.queue.size());
        state.meter.set("open", state.runs.size());
        state.meter.set("remembered", state.journal ? state.journal->size() : 0);
        return state.meter.report(self->mailbox().size());
      },
  };
}

} // namespace tier2
