#include "actors/command/command_actor.hpp"

#include "messages/printable.hpp"
#include "platform/seat.hpp"

#include <algorithm>

namespace tier2 {

namespace {

constexpr std::chrono::seconds patience{10};

void alert_about(command_pointer self, const rejection& why) {
  alert raised;
  raised.severity = alert_severity::warning;
  raised.source = "command";
  raised.title = "A command with a bad signature came";
  raised.body = "Somebody who can reach this machine through the cloud tried a command whose signature does "
                "not fit. It did "
                "not run. Look at who may post commands, and at the cloud's own log.";
  raised.labels = {{"reason", std::string{to_string(why.reason)}}};
  raised.dedupe_key = "bad_signature";
  self->send(self->state.around.alerting, raise_alert{std::move(raised)});
}

void refuse(command_pointer self, const std::string& ref, const rejection& why) {
  auto& state = self->state;
  const std::string reason{to_string(why.reason)};
  state.meter.count("rejected_" + reason);
  self->send(state.around.channel, to_cloud{wire::rejected{ref, why.jti, why.reason, why.detail}});
  if (why.reason == reject_reason::bad_signature) alert_about(self, why);
  const auto held = state.refusals.admit(reason, self->clock().now());
  if (!held) return state.meter.count("refusals_not_logged");
  const auto jti = why.jti.is_nil() ? std::string{} : to_string(why.jti);
  const auto more = *held == 0 ? std::string{} : std::to_string(*held);
  spdlog::warn("A command was refused ({}): {}{}", reason, printable(why.detail, 300),
               more.empty() ? "" : " " + more + " more refusals for this reason were not logged.");
  if (!state.audit) return;
  if (auto written = state.audit->write_refusal(
          state.around.now(),
          {{"jti", jti}, {"reason", reason}, {"detail", why.detail}, {"not_logged", more}});
      !written) {
    state.meter.failed(written.error());
    state.meter.count("audit_not_written");
    spdlog::error("The log of refusals could not be written: {}", written.error().what);
  }
}

/// What a command is about, for people who read the audit log.
std::string summary_of(const command& what) {
  if (const auto* run = std::get_if<run_command>(&what)) {
    std::string text = run->script;
    for (const auto& each : run->argv)
      text += (text.empty() ? "" : " ") + each;
    return text.substr(0, 200);
  }
  if (const auto* cancel = std::get_if<cancel_command>(&what)) return to_string(cancel->jti);
  if (const auto* notify = std::get_if<notify_command>(&what)) return notify->title;
  if (const auto* report = std::get_if<report_command>(&what)) return report->message.substr(0, 200);
  if (const auto* restart = std::get_if<restart_actor_command>(&what))
    return restart->program + " " + restart->name;
  return {};
}

std::string account_of(const command& what) {
  const auto* run = std::get_if<run_command>(&what);
  if (run == nullptr) return {};
  return run->as == command_account::user ? "user" : "system";
}

/// A command may have filled the very disk on which its cancelling would be written down: it is ended all the
/// same. Doing that twice does nothing more than once.
bool cancel_unwritten(command_pointer self, const std::string& ref, const command_claims& claims,
                      const cancel_command& what) {
  auto& state = self->state;
  const bool runs = end_run(self, what.jti);
  state.meter.count("cancelled_unwritten");
  refuse(
      self, ref,
      {reject_reason::busy,
       std::string{"This machine cannot write down that it was told to cancel; "} +
           (runs ? "the command is being ended all the same." : "that command does not run here (any more)."),
       claims.jti});
  return false;
}

/// The rest of the checks, then the record on the disk, then the word to the cloud. False: refused.
bool accept(command_pointer self, const std::string& ref, const verified_command& verified) {
  auto& state = self->state;
  const auto& claims = verified.claims();
  if (claims.expires + command_verifier::clock_skew <= to_seconds(now(state))) {
    refuse(
        self, ref,
        {reject_reason::expired, "The command expired while this machine looked for its user.", claims.jti});
    return false;
  }
  const auto* cancels = std::get_if<cancel_command>(&claims.cmd);
  if (auto allowed = state.journal->may_accept(claims); !allowed) {
    if (cancels != nullptr && allowed.error().code == errc::too_large)
      return cancel_unwritten(self, ref, claims, *cancels);
    refuse(self, ref,
           {allowed.error().code == errc::too_large ? reject_reason::busy : reject_reason::replayed,
            allowed.error().what, claims.jti});
    return false;
  }
  if (auto written = state.journal->accept(claims, state.around.now()); !written) {
    state.meter.failed(written.error());
    if (cancels != nullptr) return cancel_unwritten(self, ref, claims, *cancels);
    refuse(self, ref,
           {reject_reason::busy, "This machine cannot write down that it ran: " + written.error().what,
            claims.jti});
    return false;
  }
  std::string audience;
  for (const auto& each : claims.audience)
    audience += (audience.empty() ? "" : " ") + each;
  const bool audited = write_audit(self, "accepted",
                                   {{"jti", to_string(claims.jti)},
                                    {"kid", verified.kid()},
                                    {"command", std::string{name_of(claims.cmd)}},
                                    {"as", account_of(claims.cmd)},
                                    {"audience", audience},
                                    {"what", summary_of(claims.cmd)}});
  spdlog::info("Command {} ({}) was accepted.", to_string(claims.jti), name_of(claims.cmd));
  state.meter.count("accepted");
  self->send(state.around.channel, to_cloud{wire::accepted{ref, claims.jti}});
  if (audited || cancels != nullptr) return true;
  command_exit how;
  how.reason = exit_reason::spawn_failed;
  how.detail = "The audit log could not be written, and what is not in it is not done.";
  finish(self, claims.jti, how);
  return false;
}

/// Queued beyond the limit: no.
bool is_busy(command_pointer self, const std::string& ref, const uuid& jti) {
  auto& state = self->state;
  const auto open = std::count_if(state.runs.begin(), state.runs.end(),
                                  [](const auto& each) { return !each.second.ended; });
  const auto places = std::uint64_t{state.around.limits.parallel} + state.around.limits.queue;
  if (static_cast<std::uint64_t>(open) < places) return false;
  refuse(self, ref,
         {reject_reason::busy,
          std::to_string(open) + " commands run or wait on this machine already. Try again later.", jti});
  return true;
}

void accept_run(command_pointer self, const std::string& ref, const verified_command& verified,
                const peer_identity& user) {
  auto& state = self->state;
  const auto& claims = verified.claims();
  if (is_busy(self, ref, claims.jti) || !accept(self, ref, verified)) return;
  command_state::run fresh;
  fresh.kid = verified.kid();
  fresh.what = std::make_shared<const run_command>(std::get<run_command>(claims.cmd));
  fresh.user = user;
  fresh.expires = claims.expires;
  state.runs.emplace(claims.jti, std::move(fresh));
  state.queue.push_back(claims.jti);
  tell_summary(self);
  start_next(self);
}

/// The one that was asked for; else the newest of whoever is at the screen, where the system tells who that
/// is. Never root's: any user may connect to the local link, but only as themselves.
const peer_identity* find_session(const user_sessions& sessions, const std::string& wanted) {
  const auto active = wanted.empty() ? active_account() : std::string{};
  const peer_identity* found = nullptr;
  for (const auto& each : sessions)
    if (!each.privileged && (wanted.empty() || each.session == wanted) &&
        (active.empty() || each.account == active))
      found = &each;
  return found;
}

void find_user(command_pointer self, const std::string& ref, const verified_command& verified) {
  self->request(self->state.around.relay, patience, get_sessions{})
      .then(
          [self, ref, verified](const user_sessions& sessions) {
            const auto& run = std::get<run_command>(verified.claims().cmd);
            const auto* user = find_session(sessions, run.session);
            if (user == nullptr)
              return refuse(self, ref,
                            {reject_reason::no_session,
                             run.session.empty() ? "No user with the helper is at this machine now."
                                                 : "No session of that name is at this machine now.",
                             verified.claims().jti});
            if (self->state.journal->find(verified.claims().jti) != nullptr)
              return; // it came twice meanwhile
            accept_run(self, ref, verified, *user);
          },
          [self, ref, verified](const caf::error&) {
            refuse(self, ref,
                   {reject_reason::busy, "The part of the service that knows the users does not answer.",
                    verified.claims().jti});
          });
}

} // namespace

void decide(command_pointer self, const wire::command& what) {
  auto& state = self->state;
  const auto verified = state.verifier->verify(what.jws, state.here, to_seconds(now(state)));
  if (!verified) return refuse(self, what.ref, verified.error());
  const auto& claims = verified->claims();
  if (!state.journal)
    return refuse(
        self, what.ref,
        {reject_reason::busy, "No signed command can run on this machine: " + state.broken, claims.jti});
  if (const auto* known = state.journal->find(claims.jti)) {
    state.meter.count("said_again");
    self->send(state.around.channel, to_cloud{wire::accepted{what.ref, claims.jti}});
    if (known->ended) say_exit(self, claims.jti);
    return;
  }
  if (const auto* run = std::get_if<run_command>(&claims.cmd)) {
    if (run->as == command_account::user) return find_user(self, what.ref, *verified);
    return accept_run(self, what.ref, *verified, {});
  }
  if (accept(self, what.ref, *verified)) perform(self, claims);
}

} // namespace tier2
