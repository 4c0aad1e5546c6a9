#pragma once

#include "messages/config.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// What an administrator does on the command line, beside a server that may be running. Results go to
/// standard output.
namespace tier2::cloud::administration {

result<void> add_operator(const cloud_config& config, const std::string& name,
                          const std::string& password_file, bool replace);
result<void> create_enrolment_token(const cloud_config& config, std::uint32_t uses, std::uint32_t hours,
                                    const std::string& name);
result<void> list_enrolment_tokens(const cloud_config& config);
/// By id or name.
result<void> revoke_enrolment_token(const cloud_config& config, const std::string& which);
result<void> list_tickets(const cloud_config& config, bool json);
result<void> list_agents(const cloud_config& config, bool json);
/// A running server ends the link of a revoked agent within two seconds.
result<void> set_agent_state(const cloud_config& config, const std::string& agent, bool approved);
/// Prints an agent's groups; with `confirm`, all that it claims now count from now on.
result<void> agent_groups(const cloud_config& config, const std::string& agent, bool confirm);
/// `days` 0: it does not expire.
result<void> create_api_token(const cloud_config& config, const std::string& name,
                              const std::vector<std::string>& scopes, std::uint32_t days);
result<void> list_api_tokens(const cloud_config& config);
result<void> revoke_api_token(const cloud_config& config, const std::string& name);
/// For how long tickets are kept, in words.
result<void> show_retention(const cloud_config& config);
/// A running server goes by it within the hour. An empty label: for all machines without one.
result<void> set_retention(const cloud_config& config, const std::string& label, std::uint32_t days);
result<void> clear_retention(const cloud_config& config, const std::string& label);
/// Sends a test to every receiver of alerts and says in words how that went. `io_failed` when one failed.
result<void> test_notify(const cloud_config& config);
/// `crypto_failed` names the first row of the audit that does not fit.
result<void> verify_audit(const cloud_config& config);

} // namespace tier2::cloud::administration
