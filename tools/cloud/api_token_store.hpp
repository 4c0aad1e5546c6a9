#pragma once

#include "messages/digest.hpp"
#include "messages/frame.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tier2::cloud {

class database;

/// What an API token may be good for; an operator's session has all of them.
inline constexpr std::array<std::string_view, 8> all_scopes{"commands:write", "commands:read", "agents:read",
                                                            "tickets:read",   "tickets:write", "alerts:read",
                                                            "alerts:write",   "audit:read"};

struct api_token {
  std::string name;
  std::vector<std::string> scopes;
  wall_time created{}, last_used{}, expires{}, revoked{}; ///< The last three: 1970 for never.
};

/// Tokens for programs of integrators, kept as digests.
class api_token_store {
public:
  explicit api_token_store(database& facts) : facts_{facts} {}

  /// `invalid_argument` for a name other than 1 to 64 of A-Z a-z 0-9 . _ - or an unknown scope, `conflict`
  /// when the name was ever used.
  result<void> add(const std::string& name, const digest& token, const std::vector<std::string>& scopes,
                   std::optional<wall_time> expires, const std::string& who, wall_time now);
  /// Nothing when the token is unknown, expired or revoked.
  result<std::optional<api_token>> use_token(const digest& token, wall_time now);
  result<std::vector<api_token>> list();
  /// `not_found` when there is no such token that still counts.
  result<void> revoke(const std::string& name, const std::string& who, wall_time now);

private:
  database& facts_;
};

} // namespace tier2::cloud
