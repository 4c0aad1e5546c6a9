#pragma once

#include "messages/wire/envelope.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace soci {
class session;
}

namespace tier2::cloud {

class database;
class notify_queue;

enum class agent_state : std::uint8_t { pending, approved, revoked };
/// "pending", "approved" or "revoked", as in the protocol.
std::string_view to_string(agent_state state);
agent_state parse_agent_state(std::string_view text);

/// What the console and the API say of a machine.
struct agent_row {
  uuid id;
  std::string hostname, os, arch, version;
  agent_state state{agent_state::pending};
  wall_time first_seen{}, last_seen{};
  std::vector<std::string> groups;  ///< Those that commands are routed by.
  std::vector<std::string> claimed; ///< Groups that it says it is in, and nobody has confirmed.
  std::vector<std::string> capabilities;
  std::string display_name, note;  ///< An operator's words.
  std::vector<std::string> labels; ///< The console's own groups: no command is routed by them.
  uuid replaces;                   ///< Whose place it took or asks for; nil: nobody's.
  std::string suspicion;           ///< "copied_disk", "boot_ids", or empty.
  wall_time suspected{};
};
struct agent_query {
  std::string text;  ///< Found in its names, the system or the id; empty: all.
  std::string group; ///< Exactly this one; empty: all.
  std::string label; ///< The same.
  std::string state; ///< "pending", "approved", "revoked" or "suspicious"; empty: all.
  std::optional<std::set<uuid>> only;
  std::uint32_t limit{50};
  std::string before; ///< A cursor: the "next" of the list before.
};
struct agent_list {
  std::vector<agent_row> rows;
  std::string next; ///< Empty at the end.
};

struct agent_record {
  digest key_digest; ///< BLAKE2b-256 of the machine key, all that we have of it.
  agent_state state{agent_state::pending};
  std::string hostname;
};

/// What an operator gives a machine; what is missing stays.
struct agent_about {
  std::optional<std::string> display_name, note;
  std::optional<std::vector<std::string>> labels;
};
struct same_hardware {
  uuid agent;
  std::string hostname;
};
struct enrolment_token {
  std::string id; ///< The first 8 digits of its digest.
  std::string name;
  std::uint32_t uses_left{};
  wall_time created{}, expires{}; ///< `created` 1970: by an older program.
};

/// The machines that we know, and the tokens that let in new ones.
class agent_store {
public:
  /// `trust_groups`: the groups that a machine names in its first hello are taken as confirmed.
  /// `told`: as of an `alert_store`.
  explicit agent_store(database& facts, bool trust_groups = true, notify_queue* told = nullptr)
      : facts_{facts}, trust_groups_{trust_groups}, told_{told} {}

  result<std::optional<agent_record>> find(const uuid& agent);
  /// True when such a token was ever made; whether it still counts is decided by `enrol`.
  result<bool> knows_token(const digest& token);
  result<void> add_token(const digest& token, std::uint32_t uses, wall_time expires,
                         const std::string& name = {}, const std::string& who = {}, wall_time now = {});
  result<std::vector<enrolment_token>> tokens();
  /// By its id or its name. `not_found`; `conflict` when several are called so.
  result<void> revoke_token(const std::string& which, const std::string& who, wall_time now);
  /// The agent's state after enrolment. The same key again is answered without a use of the token, so that a
  /// lost answer costs nothing. `unauthorised`: the token is used up or expired; `conflict`: the id has
  /// another key.
  result<agent_state> enrol(const digest& token, const uuid& agent, const wire::enroll& about, wall_time now);
  /// The same for an agent that has proven, by the key of `former`, that it is this one on other hardware.
  /// Approved, with `former`'s confirmed groups, and `former` is revoked; but while `former` is connected
  /// there are two machines with one disk: then it is pending, nothing of `former` changes, and an alert is
  /// raised.
  result<agent_state> replace(const uuid& former, bool former_is_here, const uuid& agent,
                              const wire::enroll& about, wall_time now);
  /// Takes over what an approved agent says about itself, within a transaction of the caller's. Groups that
  /// it did not name in its first hello are claims.
  /// True when that raised an alert: boots that alternate are those of two machines with one key.
  result<bool> describe(soci::session& session, const uuid& agent, const wire::hello& about, wall_time now);
  /// An agent has done a command of ours: when it was a `set_groups`, its groups are confirmed.
  static result<void> groups_were_set(soci::session& session, const uuid& agent, const uuid& command,
                                      wall_time now);
  /// Confirms groups that the agent claims; empty: all that it claims now. Those that are confirmed now.
  /// `not_found`: no such agent; `conflict`: it does not claim one of them, and nothing is changed.
  result<std::vector<std::string>> confirm_groups(const uuid& agent, const std::vector<std::string>& names,
                                                  const std::string& who, wall_time now);
  /// `invalid_argument` for what is too long or holds control characters, `not_found`.
  result<void> set_about(const uuid& agent, agent_about about, const std::string& who, wall_time now);
  /// Somebody has looked after what made it suspicious. `not_found` when there is no such agent.
  result<void> dismiss(const uuid& agent, const std::string& who, wall_time now);
  /// Others whose board and disk have the same serial numbers; at most 20.
  result<std::vector<same_hardware>> twins(const uuid& agent);
  /// Notes when agents were last heard, all in one transaction.
  result<void> saw(const std::map<uuid, wall_time>& agents);
  /// Ends all that is open of an agent that is revoked; the commands that changed by this. `not_found` when
  /// there is no such agent. `who` is written into the audit.
  result<std::set<uuid>> set_state(const uuid& agent, agent_state state, const std::string& who,
                                   wall_time now);
  /// By host name, then id.
  result<agent_list> list(const agent_query& query);
  /// `not_found` when there is no such agent.
  result<agent_row> get(const uuid& agent);
  result<std::set<uuid>> revoked();

private:
  result<bool> notice_boot(soci::session& session, const uuid& agent, const wire::hello& about,
                           wall_time now);
  database& facts_;
  bool trust_groups_;
  notify_queue* told_;
};

} // namespace tier2::cloud
