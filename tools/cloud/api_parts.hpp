#pragma once

#include "tools/cloud/agent_store.hpp"
#include "tools/cloud/alert_store.hpp"
#include "tools/cloud/api_token_store.hpp"
#include "tools/cloud/audit_log.hpp"
#include "tools/cloud/command_bell.hpp"
#include "tools/cloud/command_store.hpp"
#include "tools/cloud/content_store.hpp"
#include "tools/cloud/notifier.hpp"
#include "tools/cloud/output_files.hpp"
#include "tools/cloud/presence.hpp"
#include "tools/cloud/sign_in.hpp"
#include "tools/cloud/ticket_retention.hpp"
#include "tools/cloud/ticket_store.hpp"

#include <functional>
#include <string>
#include <vector>

namespace tier2::cloud {

/// What the REST interface works on. All of it outlives the console and may be used from any thread.
struct api_parts {
  sign_in& entrance;
  ticket_store& tickets;
  ticket_retention& retention;
  content_store content;
  agent_store& agents;
  command_store& commands;
  api_token_store& tokens;
  alert_store& alerts;
  audit_log& audit;
  const notifier& telling;
  presence& there;
  command_bell& bell;
  const output_files& output;
  std::function<wall_time()> now;
  /// Sends a command to those of the agents that are still on that link.
  std::function<void(std::vector<linked_agent>, const uuid&, std::string)> deliver;
  /// Deletes a ticket in somebody's name; waits until that is done.
  std::function<result<deleted_ticket>(std::int64_t, const std::string&)> remove_ticket;
  /// Ends the link of an agent that was revoked.
  std::function<void(const uuid&)> end_link;
};

} // namespace tier2::cloud
