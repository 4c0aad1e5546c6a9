#pragma once

#include "actors/supervisor/supervisor.hpp"
#include "messages/config.hpp"

#include <caf/actor_system.hpp>
#include <functional>
#include <string>

namespace tier2 {

/// Starts the service's actors, wired.
supervisor_actor start_service(caf::actor_system& system, const agent_config& config,
                               std::function<void(std::string, error)> on_escalate);

/// A build with a development key talks to loopback only: `refused` says so for any other host.
result<void> check_development_build(bool has_development_key, const std::string& host);

} // namespace tier2
