#pragma once

#include "messages/error.hpp"
#include "tools/cloud/delivery.hpp"

#include <vector>

namespace soci {
class session;
}

namespace tier2::cloud {

/// All deliveries of a command, ordered by agent.
std::vector<delivery> deliveries_of(soci::session& session, const uuid& command);
tl::unexpected<error> no_such_command(const uuid& command);

} // namespace tier2::cloud
