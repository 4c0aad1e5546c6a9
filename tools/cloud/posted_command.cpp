#include "tools/cloud/posted_command.hpp"

#include "messages/wire/claims.hpp"
#include "messages/wire/json.hpp"
#include "messages/wire/jws.hpp"
#include "platform/crypto/digest.hpp"

namespace tier2::cloud {

namespace {

constexpr std::size_t longest_summary = 200;

std::string_view name_of(command_shell shell) {
  switch (shell) {
  case command_shell::sh:
    return "sh";
  case command_shell::bash:
    return "bash";
  case command_shell::powershell:
    return "powershell";
  case command_shell::cmd:
    return "cmd";
  case command_shell::exec:
    return "exec";
  }
  return "sh";
}

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += between;
    text += word;
    if (text.size() > longest_summary) break;
  }
  return text;
}

/// The first line that says something.
std::string first_line(const std::string& script) {
  std::size_t at = 0;
  while (at < script.size()) {
    const auto end = std::min(script.find('\n', at), script.size());
    const auto line = script.substr(at, end - at);
    if (line.find_first_not_of(" \t\r") != std::string::npos && !line.starts_with("#!")) return line;
    at = end + 1;
  }
  return {};
}

struct describe {
  std::string operator()(const run_command& run) const {
    return std::string{name_of(run.shell)} + ": " +
           (run.shell == command_shell::exec ? joined(run.argv, " ") : first_line(run.script));
  }
  std::string operator()(const cancel_command& cancel) const { return "cancel " + to_string(cancel.jti); }
  std::string operator()(const report_command& report) const {
    return "open the ticket page: " + first_line(report.message);
  }
  std::string operator()(const set_groups_command& set) const {
    return "set groups: " + joined(set.groups, ", ");
  }
  std::string operator()(const notify_command& notify) const { return "notify: " + notify.title; }
  std::string operator()(const restart_actor_command& restart) const {
    return "restart " + restart.program + " " + restart.name;
  }
  std::string operator()(const unsupported_command& other) const { return other.name; }
};

} // namespace

wall_time posted_command::held_until() const { return wall_time{claims.expires}; }

std::string summary_of(const command& what) {
  return wire::valid_utf8(std::visit(describe{}, what), longest_summary);
}

result<posted_command> read_posted_command(std::string_view jws) {
  const auto token = wire::parse_jws(jws, wire::command_token_type);
  if (!token) return tl::unexpected(token.error());
  auto claims = wire::parse_claims(token->payload);
  if (!claims) return tl::unexpected(claims.error());
  posted_command read;
  read.jws = std::string{jws};
  read.signing_input = blake2b_256(token->signing_input);
  read.kid = token->kid;
  read.payload = token->payload;
  read.summary = summary_of(claims->cmd);
  if (const auto* run = std::get_if<run_command>(&claims->cmd)) {
    read.output_limit = run->max_output_bytes;
    read.run_time = run->timeout;
  }
  read.claims = std::move(*claims);
  return read;
}

} // namespace tier2::cloud
