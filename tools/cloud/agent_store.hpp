#pragma once

#include "messages/wire/envelope.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tier2::cloud {

class database;

enum class agent_state : std::uint8_t { pending, approved, revoked };
/// "pending", "approved" or "revoked", as in the protocol.
std::string_view to_string(agent_state state);

struct agent_record {
  digest key_digest; ///< BLAKE2b-256 of the machine key, all that we have of it.
  agent_state state{agent_state::pending};
  std::string hostname;
};

/// The machines that we know, and the tokens that let in new ones.
class agent_store {
public:
  explicit agent_store(database& facts) : facts_{facts} {}

  result<std::optional<agent_record>> find(const uuid& agent);
  /// True when such a token was ever made; whether it still counts is decided by `enrol`.
  result<bool> knows_token(const digest& token);
  result<void> add_token(const digest& token, std::uint32_t uses, wall_time expires);
  /// The agent's state after enrolment. The same key again is answered without a use of the token, so that a
  /// lost answer costs nothing. `unauthorised`: the token is used up or expired; `conflict`: the id has
  /// another key.
  result<agent_state> enrol(const digest& token, const uuid& agent, const wire::enroll& about, wall_time now);
  /// Takes over what an approved agent says about itself.
  result<void> describe(const uuid& agent, const wire::hello& about, wall_time now);
  /// Notes when agents were last heard, all in one transaction.
  result<void> saw(const std::map<uuid, wall_time>& agents);
  /// `not_found` when there is no such agent.
  result<void> set_state(const uuid& agent, agent_state state);

private:
  database& facts_;
};

} // namespace tier2::cloud
