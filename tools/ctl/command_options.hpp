#pragma once

#include "messages/command.hpp"
#include "messages/error.hpp"

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tier2::ctl {

/// What a command says, as options; for each subcommand that makes one.
struct command_options {
  std::vector<std::string> audience;
  std::string expires_in, jti;
  std::map<std::string, std::string> scripts; ///< By the option's name, "--run-sh": a file or "-".
  bool exec{};
  std::string cmd, claims;
  std::string as, session, cwd, input, timeout, max_output, on_overflow;
  std::vector<std::string> env;
};

std::shared_ptr<command_options> add_command_options(CLI::App& sub);

/// A payload to sign, and what it says.
struct prepared_payload {
  std::string json;
  command_claims claims;
};
/// Reads the files that the options name; `words` are the `argv` or `args` of what is run.
/// `invalid_argument` or the claims' own error, for what every machine would refuse: bounds, a lifetime above
/// 24 h, a command that this version does not have.
result<prepared_payload> prepare(const command_options& options, const std::vector<std::string>& words,
                                 unix_seconds now);

} // namespace tier2::ctl
