#include "tools/cloud/administration.hpp"

#include "messages/wire/manifest.hpp"
#include "platform/crypto/digest.hpp"
#include "platform/private_file.hpp"
#include "tools/cloud/agent_store.hpp"
#include "tools/cloud/api_token_store.hpp"
#include "tools/cloud/audit_log.hpp"
#include "tools/cloud/database.hpp"
#include "tools/cloud/operator_store.hpp"
#include "tools/cloud/password.hpp"
#include "tools/cloud/printable.hpp"
#include "tools/cloud/sign_in.hpp"
#include "tools/cloud/ticket_json.hpp"

#include <iostream>
#include <nlohmann/json.hpp>

namespace tier2::cloud::administration {

namespace {

constexpr const char* by_hand = "command line";
constexpr std::uint32_t all_rows = 1000000;

result<std::unique_ptr<database>> open_database(const cloud_config& config) {
  if (auto made = make_private_directory(config.storage.directory); !made)
    return tl::unexpected(made.error());
  return database::open(config.storage.directory + "/tier2.db");
}

wall_time now() { return std::chrono::system_clock::now(); }

std::string time_or(wall_time at, const char* never) {
  return at == wall_time{} ? never : wire::to_rfc3339(at);
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& each : words)
    text += (text.empty() ? "" : " ") + printable(each);
  return text;
}

} // namespace

result<void> add_operator(const cloud_config& config, const std::string& name,
                          const std::string& password_file, bool replace) {
  if (name.empty() || name.size() > 100 || printable(name) != name)
    return fail(errc::invalid_argument, "An operator's name has 1 to 100 printable ASCII characters.");
  if (name.starts_with("token:") || name.starts_with("agent:") || name == by_hand || name == "retention")
    return fail(errc::invalid_argument,
                "This name would look like another thing in the audit: choose another.");
  const auto password = read_password(password_file);
  if (!password) return tl::unexpected(password.error());
  const auto facts = open_database(config);
  if (!facts) return tl::unexpected(facts.error());
  const auto hash = hash_password(*password);
  if (!hash) return tl::unexpected(hash.error());
  if (auto added = operator_store{**facts}.add(name, *hash, replace, now()); !added) return added;
  if (auto noted = audit_log{**facts}.append(
          {by_hand, replace ? "operator added or password set" : "operator added", name, ""}, now());
      !noted)
    return noted;
  std::cout << "Operator " << name << " can sign in.\n";
  return {};
}

result<void> create_enrolment_token(const cloud_config& config, std::uint32_t uses, std::uint32_t hours,
                                    const std::string& name) {
  const auto facts = open_database(config);
  if (!facts) return tl::unexpected(facts.error());
  const std::string token = new_token();
  if (auto added = agent_store{**facts}.add_token(blake2b_256(token), uses, now() + std::chrono::hours{hours},
                                                  name, by_hand, now());
      !added)
    return added;
  std::cout << token << "\n";
  return {};
}

result<void> list_enrolment_tokens(const cloud_config& config) {
  const auto facts = open_database(config);
  if (!facts) return tl::unexpected(facts.error());
  const auto list = agent_store{**facts}.tokens();
  if (!list) return tl::unexpected(list.error());
  for (const auto& each : *list)
    std::cout << each.id << "\t"
              << (each.uses_left == 0     ? "used up"
                  : each.expires <= now() ? "expired"
                                          : "valid")
              << "\t" << each.uses_left << " uses left\tmade " << time_or(each.created, "long ago")
              << "\texpires " << wire::to_rfc3339(each.expires) << "\t" << printable(each.name) << "\n";
  return {};
}

result<void> revoke_enrolment_token(const cloud_config& config, const std::string& which) {
  const auto facts = open_database(config);
  if (!facts) return tl::unexpected(facts.error());
  if (auto revoked = agent_store{**facts}.revoke_token(which, by_hand, now()); !revoked) return revoked;
  std::cout << "Enrolment token " << printable(which) << " is revoked: it lets in nobody any more.\n";
  return {};
}

result<void> list_tickets(const cloud_config& config, bool json) {
  const auto facts = open_database(config);
  if (!facts) return tl::unexpected(facts.error());
  ticket_query query;
  query.limit = all_rows;
  const auto list = ticket_store{**facts}.list(query);
  if (!list) return tl::unexpected(list.error());
  if (json) {
    std::cout << to_json(*list) << "\n";
    return {};
  }
  for (const auto& row : list->rows)
    std::cout << row.number << "\t" << wire::to_rfc3339(row.received) << "\t" << printable(row.host) << "\t"
              << printable(row.user) << "\t" << row.pictures << " pictures\t" << printable(row.message)
              << "\n";
  return {};
}

result<void> list_agents(const cloud_config& config, bool json) {
  const auto facts = open_database(config);
  if (!facts) return tl::unexpected(facts.error());
  agent_query query;
  query.limit = all_rows;
  const auto list = agent_store{**facts}.list(query);
  if (!list) return tl::unexpected(list.error());
  auto items = nlohmann::ordered_json::array();
  for (const auto& row : list->rows) {
    if (!json)
      std::cout << to_string(row.id) << "\t" << to_string(row.state) << "\t" << printable(row.hostname)
                << "\t" << printable(row.os) << "\t" << printable(row.version) << "\t"
                << wire::to_rfc3339(row.last_seen) << "\t" << joined(row.groups) << "\n";
    items.push_back({{"agent", to_string(row.id)},
                     {"hostname", row.hostname},
                     {"os", row.os},
                     {"version", row.version},
                     {"state", to_string(row.state)},
                     {"last_seen", wire::to_rfc3339(row.last_seen)},
                     {"groups", row.groups},
                     {"claimed_groups", row.claimed},
                     {"capabilities", row.capabilities}});
  }
  if (json) std::cout << items.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
  return {};
}

result<void> set_agent_state(const cloud_config& config, const std::string& agent, bool approved) {
  const auto id = parse_uuid(agent);
  if (!id) return tl::unexpected(id.error());
  const auto facts = open_database(config);
  if (!facts) return tl::unexpected(facts.error());
  const auto state = approved ? agent_state::approved : agent_state::revoked;
  if (auto set = agent_store{**facts}.set_state(*id, state, by_hand, now()); !set)
    return tl::unexpected(set.error());
  std::cout << "Agent " << agent << " is " << to_string(state) << ".\n";
  return {};
}

result<void> agent_groups(const cloud_config& config, const std::string& agent, bool confirm) {
  const auto id = parse_uuid(agent);
  if (!id) return tl::unexpected(id.error());
  const auto facts = open_database(config);
  if (!facts) return tl::unexpected(facts.error());
  agent_store agents{**facts};
  if (confirm)
    if (auto done = agents.confirm_groups(*id, {}, by_hand, now()); !done)
      return tl::unexpected(done.error());
  const auto row = agents.get(*id);
  if (!row) return tl::unexpected(row.error());
  for (const auto& each : row->groups)
    std::cout << printable(each) << "\tconfirmed\n";
  for (const auto& each : row->claimed)
    std::cout << printable(each) << "\tclaimed\n";
  return {};
}

result<void> create_api_token(const cloud_config& config, const std::string& name,
                              const std::vector<std::string>& scopes, std::uint32_t days) {
  const auto facts = open_database(config);
  if (!facts) return tl::unexpected(facts.error());
  const std::string token = new_token();
  const auto expires =
      days == 0 ? std::nullopt : std::optional<wall_time>{now() + std::chrono::hours{24} * days};
  if (auto added = api_token_store{**facts}.add(name, blake2b_256(token), scopes, expires, by_hand, now());
      !added)
    return added;
  std::cout << token << "\n";
  return {};
}

result<void> list_api_tokens(const cloud_config& config) {
  const auto facts = open_database(config);
  if (!facts) return tl::unexpected(facts.error());
  const auto list = api_token_store{**facts}.list();
  if (!list) return tl::unexpected(list.error());
  for (const auto& each : *list) {
    const char* state = each.revoked != wall_time{}                            ? "revoked"
                        : each.expires != wall_time{} && each.expires <= now() ? "expired"
                                                                               : "valid";
    std::cout << each.name << "\t" << state << "\t" << joined(each.scopes) << "\tmade "
              << wire::to_rfc3339(each.created) << "\texpires " << time_or(each.expires, "never")
              << "\tlast used " << time_or(each.last_used, "never") << "\n";
  }
  return {};
}

result<void> revoke_api_token(const cloud_config& config, const std::string& name) {
  const auto facts = open_database(config);
  if (!facts) return tl::unexpected(facts.error());
  if (auto revoked = api_token_store{**facts}.revoke(name, by_hand, now()); !revoked) return revoked;
  std::cout << "Token " << name << " is revoked.\n";
  return {};
}

result<void> verify_audit(const cloud_config& config) {
  const auto facts = open_database(config);
  if (!facts) return tl::unexpected(facts.error());
  const auto verdict = audit_log{**facts}.verify();
  if (!verdict) return tl::unexpected(verdict.error());
  if (verdict->first_wrong)
    return fail(errc::crypto_failed,
                "The audit does not fit together at row " + std::to_string(*verdict->first_wrong) +
                    ": it, or a row before it, was "
                    "changed, removed or inserted by something other than this program. " +
                    std::to_string(verdict->rows) + " rows before it fit.");
  std::cout << verdict->rows
            << " rows fit together. Last hash: " << (verdict->last_hash.empty() ? "none" : verdict->last_hash)
            << "\n";
  return {};
}

} // namespace tier2::cloud::administration
