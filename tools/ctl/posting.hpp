#pragma once

#include "messages/uuid.hpp"
#include "tools/ctl/cloud_client.hpp"
#include "tools/ctl/outcome.hpp"

#include <string>

namespace tier2::ctl {

/// A client of the cloud that the options and the configuration name.
result<cloud_client> connect(const connection_options& options);

/// The cloud's answer to the command, an object (`malformed`: no receipt of ours); the same command may be
/// posted again.
result<nlohmann::json> post_command(cloud_client& client, const std::string& token);

/// Prints for whom a command was taken, from a receipt of `post_command`: its id on the output, or as one
/// line of JSON, and the machines' number on the error stream.
void print_receipt(const nlohmann::json& receipt, const uuid& id, bool json, bool followed);

/// 1 when the cloud said no, 3 when it said nothing that counts.
int exit_code_of(const error& why);

} // namespace tier2::ctl
