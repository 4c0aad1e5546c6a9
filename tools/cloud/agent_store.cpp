#include "tools/cloud/agent_store.hpp"

#include "platform/crypto/digest.hpp"
#include "tools/cloud/database.hpp"

namespace tier2::cloud {

using soci::into;
using soci::use;

namespace {

agent_state parse_state(const std::string& text) {
  if (text == "approved") return agent_state::approved;
  return text == "revoked" ? agent_state::revoked : agent_state::pending;
}

result<std::optional<agent_record>> find_in(soci::session& session, const uuid& agent) {
  const std::string id = to_string(agent);
  std::string key;
  std::string state;
  agent_record found;
  session << "SELECT key_digest, state, hostname FROM agents WHERE id = :id", into(key), into(state),
      into(found.hostname), use(id, "id");
  if (!session.got_data()) return std::optional<agent_record>{};
  const auto parsed = parse_digest(key);
  if (!parsed) return tl::unexpected(parsed.error());
  found.key_digest = *parsed;
  found.state = parse_state(state);
  return std::optional{found};
}

} // namespace

std::string_view to_string(agent_state state) {
  switch (state) {
  case agent_state::pending:
    return "pending";
  case agent_state::approved:
    return "approved";
  case agent_state::revoked:
    return "revoked";
  }
  return "pending";
}

result<std::optional<agent_record>> agent_store::find(const uuid& agent) {
  return facts_.read([&](soci::session& session) { return find_in(session, agent); });
}

result<bool> agent_store::knows_token(const digest& token) {
  return facts_.read([&](soci::session& session) -> result<bool> {
    const std::string key = to_string(token);
    int count = 0;
    session << "SELECT COUNT(*) FROM enrolment_tokens WHERE token_digest = :token", into(count),
        use(key, "token");
    return count == 1;
  });
}

result<void> agent_store::add_token(const digest& token, std::uint32_t uses, wall_time expires) {
  return facts_.write([&](soci::session& session) -> result<void> {
    const std::string key = to_string(token);
    const long long until = to_column(expires);
    const int left = static_cast<int>(uses);
    session
        << "INSERT INTO enrolment_tokens (token_digest, uses_left, expires) VALUES (:token, :uses, :expires)",
        use(key, "token"), use(left, "uses"), use(until, "expires");
    return {};
  });
}

result<agent_state> agent_store::enrol(const digest& token, const uuid& agent, const wire::enroll& about,
                                       wall_time now) {
  return facts_.write([&](soci::session& session) -> result<agent_state> {
    const auto known = find_in(session, agent);
    if (!known) return tl::unexpected(known.error());
    if (*known && equal((*known)->key_digest, about.key_digest)) return (*known)->state;
    if (*known)
      return fail(errc::conflict,
                  "This agent id is enrolled with another key. Nothing was changed; make the machine "
                  "a new id (reinstall the agent) and enrol it again.");
    const std::string id = to_string(agent);
    const std::string key = to_string(about.key_digest);
    const std::string by = to_string(token);
    const long long at = to_column(now);
    soci::statement taken =
        (session.prepare << "UPDATE enrolment_tokens SET uses_left = uses_left - 1 "
                            "WHERE token_digest = :token AND uses_left > 0 AND expires > :now",
         use(by, "token"), use(at, "now"));
    taken.execute(true);
    if (taken.get_affected_rows() != 1)
      return fail(errc::unauthorised, "This enrolment token is used up or expired: make a new one with "
                                      "\"tier2-cloud token create\" and put it on the machine.");
    session
        << "INSERT INTO agents (id, key_digest, hostname, os, arch, version, state, first_seen, last_seen) "
           "VALUES (:id, :key, :hostname, :os, :arch, :version, 'approved', :now, :now)",
        use(id, "id"), use(key, "key"), use(about.hostname, "hostname"), use(about.os, "os"),
        use(about.arch, "arch"), use(about.version, "version"), use(at, "now");
    return agent_state::approved;
  });
}

result<void> agent_store::describe(const uuid& agent, const wire::hello& about, wall_time now) {
  return facts_.write([&](soci::session& session) -> result<void> {
    const std::string id = to_string(agent);
    const long long at = to_column(now);
    session << "UPDATE agents SET hostname = :hostname, os = :os, version = :version, last_seen = :now WHERE "
               "id = :id",
        use(about.hostname, "hostname"), use(about.os, "os"), use(about.version, "version"), use(at, "now"),
        use(id, "id");
    return {};
  });
}

result<void> agent_store::saw(const std::map<uuid, wall_time>& agents) {
  if (agents.empty()) return {};
  return facts_.write([&](soci::session& session) -> result<void> {
    std::string id;
    long long at = 0;
    soci::statement update = (session.prepare << "UPDATE agents SET last_seen = :now WHERE id = :id",
                              use(at, "now"), use(id, "id"));
    for (const auto& [agent, when] : agents) {
      id = to_string(agent);
      at = to_column(when);
      update.execute(true);
    }
    return {};
  });
}

result<void> agent_store::set_state(const uuid& agent, agent_state state) {
  return facts_.write([&](soci::session& session) -> result<void> {
    const std::string id = to_string(agent);
    const std::string text{to_string(state)};
    soci::statement update = (session.prepare << "UPDATE agents SET state = :state WHERE id = :id",
                              use(text, "state"), use(id, "id"));
    update.execute(true);
    if (update.get_affected_rows() != 1) return fail(errc::not_found, "There is no agent " + id + ".");
    return {};
  });
}

} // namespace tier2::cloud
