#pragma once

#include "tools/cloud/api_answers.hpp"
#include "tools/cloud/command_store.hpp"

namespace tier2::cloud {

/// RFC 3339, or null for what has not happened.
ordered_json time_or_null(wall_time at);
/// {"agent", "hostname", "state"}
ordered_json brief_json(const delivery& one);
/// As in GET /api/v1/commands/{id}; without what its state does not have.
ordered_json to_json(const delivery& one);
/// A line of the list.
ordered_json to_json(const command_row& row);
ordered_json to_json(const whole_command& command);

} // namespace tier2::cloud
