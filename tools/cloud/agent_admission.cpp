#include "tools/cloud/agent_admission.hpp"

#include "messages/wire/manifest.hpp"
#include "platform/crypto/digest.hpp"

#include <string_view>

namespace tier2::cloud {

namespace {

constexpr std::size_t key_bytes = 32;

std::string header(const net::websocket_server::request& request, const std::string& name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string{} : found->second;
}

/// One of a comma-separated list, as RFC 6455 section 11.3.4 has it.
bool offers(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    std::string_view one = list.substr(0, comma);
    while (one.starts_with(' '))
      one.remove_prefix(1);
    while (one.ends_with(' '))
      one.remove_suffix(1);
    if (one == wanted) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
  return false;
}

admission refuse(std::uint16_t status, std::string why) {
  admission refused;
  refused.refused = status;
  refused.why = std::move(why);
  return refused;
}

admission by_token(agent_store& agents, const uuid& agent, std::string_view token) {
  admission admitted;
  admitted.agent = agent;
  admitted.enrolling = true;
  admitted.token = blake2b_256(token);
  const auto known = agents.knows_token(admitted.token);
  if (!known) return refuse(503, known.error().what);
  return *known ? admitted : refuse(401, "its enrolment token is not one of ours");
}

admission by_key(agent_store& agents, const uuid& agent, std::string_view text) {
  const auto key = wire::parse_base64url(text);
  const auto known = agents.find(agent);
  if (!known) return refuse(503, known.error().what);
  const digest given = key && key->size() == key_bytes ? blake2b_256(*key) : digest{};
  if (!key || !*known || !equal(given, (*known)->key_digest))
    return refuse(401, "its key is not the one of this agent");
  if ((*known)->state == agent_state::revoked) return refuse(403, "its key was revoked");
  if ((*known)->state == agent_state::pending) return refuse(401, "no operator has approved it yet");
  admission admitted;
  admitted.agent = agent;
  return admitted;
}

/// The former key proves whose place is taken. Once that has happened the former agent is revoked, and only
/// the one that took its place may ask again: the answer may have been lost.
admission by_former(agent_store& agents, const uuid& agent, const std::string& former,
                    std::string_view text) {
  const auto id = parse_uuid(former);
  if (!id || id->is_nil() || *id == agent) return refuse(401, "it does not say whose place it takes");
  auto admitted = by_key(agents, *id, text);
  if (admitted.refused == 403) {
    const auto key = wire::parse_base64url(text);
    const auto known = agents.find(agent);
    const auto before = agents.find(*id);
    if (!known || !before) return refuse(503, known ? before.error().what : known.error().what);
    if (*known && key && *before && equal(blake2b_256(*key), (*before)->key_digest)) admitted = {};
  }
  admitted.agent = agent;
  admitted.replaces = *id;
  admitted.enrolling = true;
  return admitted;
}

} // namespace

admission judge_upgrade(agent_store& agents, const net::websocket_server::request& request) {
  if (request.path != "/agent/v1") return refuse(404, "there is nothing at this path");
  if (!offers(header(request, "sec-websocket-protocol"), agent_subprotocol))
    return refuse(426, "it does not speak tier2.v1");
  const auto agent = parse_uuid(header(request, "tier2-agent"));
  if (!agent || agent->is_nil()) return refuse(401, "it does not say which agent it is");
  const std::string authorization = header(request, "authorization");
  const std::string_view given{authorization};
  if (given.starts_with("Enroll ")) return by_token(agents, *agent, given.substr(7));
  if (given.starts_with("Replace "))
    return by_former(agents, *agent, header(request, "tier2-replaces"), given.substr(8));
  if (given.starts_with("Bearer ")) return by_key(agents, *agent, given.substr(7));
  return refuse(401, "it brings neither key nor enrolment token");
}

} // namespace tier2::cloud
