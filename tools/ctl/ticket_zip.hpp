#pragma once

#include "tools/ctl/new_file.hpp"
#include "tools/ctl/ticket_source.hpp"

#include <string>

namespace tier2::ctl {

/// The name of a part in the archive: its number, then what is harmless of its own name on every system.
std::string name_in_archive(const listed_part& part);

/// Writes a zip with the folder ticket-N: ticket.json, manifest.json (the exact bytes that the user agreed
/// to), and every file of the ticket.
result<void> write_zip(cloud_client& client, const listed_ticket& ticket, new_file& to);

} // namespace tier2::ctl
