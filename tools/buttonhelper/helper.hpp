#pragma once

#include "actors/supervisor/slot.hpp"
#include "actors/supervisor/supervisor.hpp"
#include "messages/config.hpp"

#include <caf/actor_system.hpp>
#include <functional>
#include <string>

namespace tier2 {

/// The helper's actors, wired. `without_pictures` says why this session takes none; empty when it does.
class helper {
public:
  helper(caf::actor_system& system, const agent_config& config, const std::string& runtime,
         const std::string& without_pictures, std::function<void(std::string, error)> on_escalate);
  /// Opens the ticket page, as the hotkey does.
  void open(const std::string& source);
  const supervisor_actor& supervisor() const { return supervisor_; }

private:
  slot<ticket_actor> ticket_;
  supervisor_actor supervisor_;
};

} // namespace tier2
