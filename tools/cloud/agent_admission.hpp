#pragma once

#include "platform/net/websocket_server.hpp"
#include "tools/cloud/agent_store.hpp"

#include <cstdint>
#include <string>

namespace tier2::cloud {

inline constexpr const char* agent_subprotocol = "tier2.v1";

/// What an upgrade request turned out to be.
struct admission {
  std::uint16_t refused{}; ///< An HTTP status, or 0: it may come in.
  std::string why;         ///< For our log, when it was refused.
  uuid agent;
  bool enrolling{};
  digest token;  ///< Of the enrolment token, when enrolling by one.
  uuid replaces; ///< The agent whose place it takes, which it has proven by that agent's key; nil: none.
};

/// Who knocks (protocol, section 2, Identity): 401 for an unknown agent, key or token, 403 for a revoked key,
/// 404 for another path, 426 for another subprotocol, 503 when the database does not answer.
admission judge_upgrade(agent_store& agents, const net::websocket_server::request& request);

} // namespace tier2::cloud
