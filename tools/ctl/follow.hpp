#pragma once

#include "messages/uuid.hpp"
#include "tools/ctl/cloud_client.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <optional>

namespace tier2::ctl {

/// Options of those who wait for a command's end.
struct follow_options {
  bool output{true};                        ///< Print what the machines write; else only how it ends.
  bool json{};                              ///< Print each event as one line of JSON.
  std::optional<std::chrono::seconds> wait; ///< At most so long.
};

/// Until it has ended on each of its machines, over broken connections too; gives the exit code.
int follow(std::string_view subcommand, cloud_client& client, const uuid& command, const follow_options& how);

} // namespace tier2::ctl
