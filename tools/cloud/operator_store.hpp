#pragma once

#include "messages/digest.hpp"
#include "messages/frame.hpp"

#include <optional>
#include <string>

namespace tier2::cloud {

class database;

struct operator_session {
  std::string name;
  wall_time last_used{};
};

/// Who may sign in to the console, who is signed in, and who tried.
class operator_store {
public:
  explicit operator_store(database& facts) : facts_{facts} {}

  /// `conflict` when the name exists and `replace` is false; replacing ends the operator's sessions.
  result<void> add(const std::string& name, const std::string& password_hash, bool replace, wall_time now);
  /// The argon2id string, or nothing when there is no such operator.
  result<std::optional<std::string>> password_hash(const std::string& name);

  /// Keeps a session under the digest of its token; sessions that are over are removed on the way.
  result<void> open_session(const digest& token, const std::string& name, wall_time now);
  /// Nothing when there is none that still counts. To ask is no use of it.
  result<std::optional<operator_session>> find_session(const digest& token, wall_time now);
  /// The operator, or nothing when the session is unknown, older than 12 hours or unused for 2 hours.
  result<std::optional<std::string>> use_session(const digest& token, wall_time now);
  result<void> close_session(const digest& token);

  /// The audit of sign-ins; entries older than 400 days are removed.
  result<void> record_sign_in(const std::string& name, const std::string& address, const std::string& outcome,
                              wall_time now);

private:
  database& facts_;
};

} // namespace tier2::cloud
