#pragma once

#include "messages/error.hpp"
#include "messages/frame.hpp"

#include <set>
#include <string>

namespace soci {
class session;
}

namespace tier2::cloud {

/// What a hello says of the agent's groups: those of the first are `trusted` or claims, later ones are
/// claims, and what it does not name any more is forgotten.
result<void> take_groups(soci::session& session, const std::string& agent, std::set<std::string> named,
                         bool trusted, wall_time now);

} // namespace tier2::cloud
