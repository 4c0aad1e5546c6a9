#pragma once

#include "messages/error.hpp"
#include "messages/wiping_allocator.hpp"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

namespace tier2::ctl {

/// How the cloud is reached, as options; what is empty may come from the configuration.
struct connection_options {
  std::string cloud, ca_file, token_file;
  std::string config; ///< Empty: `default_config_path`.
};

std::shared_ptr<connection_options> add_connection_options(CLI::App& sub);

/// $XDG_CONFIG_HOME/tier2ctl.toml, or ~/.config/tier2ctl.toml.
std::string default_config_path();

/// What tier2ctl.toml may say; absent members are empty.
struct ctl_config {
  std::string cloud, ca_file, token_file, key_file;
};
/// Nothing when `path` is empty and there is no default file; `config_invalid` for a mistake or an unknown
/// key, `not_found` for a named file that is missing.
result<ctl_config> read_config(const std::string& path);

/// Where the cloud's console is.
struct cloud_address {
  std::string host; ///< A name, an IPv4 address, or an IPv6 address without brackets.
  int port{443};
  std::string url; ///< https://HOST[:PORT], without a slash at the end.
};
/// Only `https://HOST[:PORT]`; `invalid_argument` for all else.
result<cloud_address> parse_cloud_address(std::string_view text);

struct connection {
  cloud_address cloud;
  std::string ca_file; ///< Empty: the system's.
  private_bytes token;
};
/// Reads the configuration and the token; `permission_denied` for a token that others may read.
result<connection> connect_with(const connection_options& options);

} // namespace tier2::ctl
