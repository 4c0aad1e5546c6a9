#pragma once

#include "tools/cloud/command_store.hpp"

#include <set>

namespace soci {
class session;
}

namespace tier2::cloud {

/// What a command that is being posted will be at one agent.
struct planned_delivery {
  std::string agent;
  delivery_state state{delivery_state::waiting}; ///< waiting, sent or, where too much waits, expired.
  link_number link{};
};
std::vector<planned_delivery> plan_deliveries(soci::session& session, const std::set<std::string>& agents,
                                              std::size_t bytes,
                                              const std::function<link_number(const uuid&)>& link_of);
/// To whom it is to be sent now.
std::vector<linked_agent> add_deliveries(soci::session& session, const posted_command& command,
                                         const std::vector<planned_delivery>& plan, wall_time now);
/// A command that is known comes again with another signature: which is right only machines know, so the
/// newer takes the place of one that waits or was refused as `bad_signature`. To whom it is to be sent now.
std::vector<linked_agent> take_signature(soci::session& session, const posted_command& command,
                                         const std::function<link_number(const uuid&)>& link_of,
                                         wall_time now);

} // namespace tier2::cloud
