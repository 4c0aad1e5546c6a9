#pragma once

#include "messages/error.hpp"
#include "platform/linux/tree/keeper_message.hpp"
#include "platform/linux/tree/script_file.hpp"
#include "platform/process_tree.hpp"

#include <optional>

namespace tier2::os {

/// What a command needs to be started, with its script written.
struct prepared_command {
  child_plan plan;
  std::optional<script_file> script;
};

/// Works out account, groups, environment and program. May ask the network where accounts come from there.
/// `unsupported` for a shell that this machine has not, `not_found` for an account that it does not know,
/// `permission_denied`.
result<prepared_command> prepare_command(const process_tree::options& what);

} // namespace tier2::os
