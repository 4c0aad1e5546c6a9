#pragma once

#include "tools/ctl/ticket_source.hpp"

#include <string>
#include <vector>

namespace tier2::ctl {

/// The heads of a list of tickets, and one ticket's row, from what the cloud sent.
std::vector<std::string> ticket_heads();
std::vector<std::string> ticket_row(const nlohmann::json& ticket);

/// One ticket for a terminal. Everything that a stranger wrote is visible text.
std::string ticket_text(const listed_ticket& ticket);

} // namespace tier2::ctl
