#pragma once

#include "actors/actor.hpp"
#include "actors/alerting/flood_gate.hpp"
#include "actors/command/audit_log.hpp"
#include "actors/command/command_journal.hpp"
#include "actors/command/command_verifier.hpp"
#include "actors/command/output_window.hpp"
#include "messages/config.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tier2 {

/// Whom the command actor talks to, and what does not change while it lives.
struct command_surroundings {
  channel_actor channel;
  runner_actor runner;
  relay_actor relay;
  alerting_actor alerting;
  keystore_actor keystore;
  std::function<supervisor_actor()> supervisor;
  agent_config::commands_section limits;
  std::string state_directory;
  std::vector<std::string> keys; ///< The compiled-in public keys, PEM.
  std::function<wall_time()> now{std::chrono::system_clock::now};
};

struct command_state {
  /// A `run` from its acceptance until the cloud has acknowledged its exit.
  struct run {
    std::string kid;
    run_command_ptr what;
    peer_identity user;
    output_window window;
    unix_seconds expires{};
    bool started{}, ended{};
  };

  command_surroundings around;
  std::optional<command_verifier> verifier;
  command_verifier::machine here;
  unix_seconds groups_issued{};           ///< Of the set_groups that counts.
  std::optional<command_journal> journal; ///< Without it no command runs.
  std::optional<audit_log> audit;
  std::string broken; ///< Why there is no journal.
  std::map<uuid, run> runs;
  std::deque<uuid> queue; ///< Accepted, and not started for want of a place.
  bool connected{};
  flood_gate refusals{
      std::chrono::seconds{1}}; ///< What is written down of refusals: a peer must not fill the logs.
  tier2::meter meter;
  static inline const char* name = "command";
};

using command_pointer = command_actor::stateful_pointer<command_state>;

/// Decides on the cloud's commands and sees each through to the acknowledged exit. It blocks while the disk
/// syncs: give it a thread of its own.
command_actor::behavior_type command_desk(command_pointer self, command_surroundings around);

// -- its parts
// ---------------------------------------------------------------------------------------------------------

/// A command arrived: refuse it, say how far it is, or accept it and do it.
void decide(command_pointer self, const wire::command& what);
/// The end of a command of any kind: on the disk, in the audit log, and said to the cloud once its output is
/// there.
void finish(command_pointer self, const uuid& jti, const command_exit& how);
/// Does what an accepted command says; not `run`, which waits for its turn.
void perform(command_pointer self, const command_claims& claims);
/// Begins to end a program that runs or waits; false: there is none.
bool end_run(command_pointer self, const uuid& jti);
/// The end of a command that never started.
void end_unstarted(command_pointer self, const uuid& jti, std::string why);
/// The clock, or the signing of the newest command where that is later: the clock may have been set back.
wall_time now(const command_state& state);
unix_seconds to_seconds(wall_time at);
/// Starts what may start now.
void start_next(command_pointer self);
/// Sends as much output as may be under way.
void send_output(command_pointer self);
void say_exit(command_pointer self, const uuid& jti);
void on_acknowledged(command_pointer self, const wire::ack& what);
/// Tells the channel what the next hello says.
void tell_summary(command_pointer self);
/// False when it could not be written.
bool write_audit(command_pointer self, std::string_view event, const audit_log::fields& about);

} // namespace tier2
