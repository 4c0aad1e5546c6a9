#include "tools/cloud/agent_store.hpp"

#include "platform/crypto/digest.hpp"
#include "platform/process.hpp"
#include "tools/cloud/agent_groups.hpp"
#include "tools/cloud/alert_store.hpp"
#include "tools/cloud/audit_log.hpp"
#include "tools/cloud/database.hpp"
#include "tools/cloud/delivery_store.hpp"
#include "tools/cloud/printable.hpp"

namespace tier2::cloud {

using soci::into;
using soci::use;

namespace {

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
  found.state = parse_agent_state(state);
  return std::optional{found};
}

/// The state of an agent that is enrolled with this very key; nothing when it is new.
result<std::optional<agent_state>> known_already(soci::session& session, const uuid& agent,
                                                 const wire::enroll& about) {
  const auto known = find_in(session, agent);
  if (!known) return tl::unexpected(known.error());
  if (!*known) return std::optional<agent_state>{};
  if (equal((*known)->key_digest, about.key_digest)) return std::optional{(*known)->state};
  return fail(errc::conflict,
              "This agent id is enrolled with another key. Nothing was changed; make the machine "
              "a new id (reinstall the agent) and enrol it again.");
}

std::string text_or_empty(const digest& value) { return value == digest{} ? "" : to_string(value); }

/// `former`: whose place it takes or asks for; nil: nobody's.
result<void> insert(soci::session& session, const uuid& agent, const wire::enroll& about, agent_state state,
                    const uuid& former, wall_time now) {
  const std::string id = to_string(agent);
  const std::string key = to_string(about.key_digest);
  const std::string text{to_string(state)};
  const long long at = to_column(now);
  const std::string board = text_or_empty(about.board_digest);
  const std::string disk = text_or_empty(about.disk_digest);
  const std::string replaces = former.is_nil() ? "" : to_string(former);
  session
      << "INSERT INTO agents (id, key_digest, hostname, os, arch, version, state, first_seen, last_seen, "
         "board_digest, disk_digest, replaces) VALUES (:id, :key, :hostname, :os, :arch, :version, :state, "
         ":now, :now, :board, :disk, :replaces)",
      use(id, "id"), use(key, "key"), use(about.hostname, "hostname"), use(about.os, "os"),
      use(about.arch, "arch"), use(about.version, "version"), use(text, "state"), use(at, "now"),
      use(board, "board"), use(disk, "disk"), use(replaces, "replaces");
  return {};
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

agent_state parse_agent_state(std::string_view text) {
  if (text == "approved") return agent_state::approved;
  return text == "revoked" ? agent_state::revoked : agent_state::pending;
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

result<agent_state> agent_store::enrol(const digest& token, const uuid& agent, const wire::enroll& about,
                                       wall_time now) {
  return facts_.write([&](soci::session& session) -> result<agent_state> {
    const auto known = known_already(session, agent, about);
    if (!known) return tl::unexpected(known.error());
    if (*known) return **known;
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
    if (auto added = insert(session, agent, about, agent_state::approved, {}, now); !added)
      return tl::unexpected(added.error());
    if (auto noted = audit_log::append(
            session, {"agent:" + to_string(agent), "agent enrolled", to_string(agent), about.hostname}, now);
        !noted)
      return tl::unexpected(noted.error());
    return agent_state::approved;
  });
}

result<agent_state> agent_store::replace(const uuid& former, bool former_is_here, const uuid& agent,
                                         const wire::enroll& about, wall_time now) {
  return facts_.write([&](soci::session& session) -> result<agent_state> {
    const auto known = known_already(session, agent, about);
    if (!known) return tl::unexpected(known.error());
    if (*known) return **known;
    const auto state = former_is_here ? agent_state::pending : agent_state::approved;
    const std::string id = to_string(agent);
    const std::string before = to_string(former);
    if (auto added = insert(session, agent, about, state, former, now); !added)
      return tl::unexpected(added.error());
    if (former_is_here) {
      alert twins;
      twins.id = random_uuid();
      twins.severity = alert_severity::error;
      twins.source = "cloud";
      twins.title = "Two machines have the key of this one";
      twins.body =
          "While this machine is connected, another one (" + printable(about.hostname) +
          ") proves to be it, on other hardware: its disk was copied. The other one waits as agent " + id +
          " until somebody approves or revokes it.";
      twins.at = now;
      twins.dedupe_key = "clone";
      if (auto told = alert_store{facts_, told_}.add(session, former, twins, now); !told)
        return tl::unexpected(told.error());
      const long long at = to_column(now);
      session << "UPDATE agents SET suspicion = 'copied_disk', suspected = :now WHERE id = :before",
          use(at, "now"), use(before, "before");
    } else {
      session << "INSERT INTO agent_groups (agent, name, confirmed) SELECT :id, name, 1 FROM agent_groups "
                 "WHERE agent = "
                 ":before AND confirmed = 1",
          use(id, "id"), use(before, "before");
      session << "UPDATE agents SET state = 'revoked' WHERE id = :before", use(before, "before");
      if (auto open = deliveries::end_revoked(session, former, now); !open)
        return tl::unexpected(open.error());
    }
    if (auto noted =
            audit_log::append(session,
                              {"agent:" + id, former_is_here ? "agent asks to replace" : "agent replaces",
                               before, about.hostname},
                              now);
        !noted)
      return tl::unexpected(noted.error());
    return state;
  });
}

result<bool> agent_store::describe(soci::session& session, const uuid& agent, const wire::hello& about,
                                   wall_time now) {
  const std::string id = to_string(agent);
  const long long at = to_column(now);
  std::string capabilities;
  for (const auto& each : about.capabilities)
    capabilities += (capabilities.empty() ? "" : "\n") + each;
  session << "UPDATE agents SET hostname = :hostname, os = :os, version = :version, capabilities = "
             ":capabilities, last_seen = :now WHERE id = :id",
      use(about.hostname, "hostname"), use(about.os, "os"), use(about.version, "version"),
      use(capabilities, "capabilities"), use(at, "now"), use(id, "id");
  if (auto taken = take_groups(session, id, {about.groups.begin(), about.groups.end()}, trust_groups_, now);
      !taken)
    return tl::unexpected(taken.error());
  return notice_boot(session, agent, about, now);
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

result<std::set<uuid>> agent_store::set_state(const uuid& agent, agent_state state, const std::string& who,
                                              wall_time now) {
  return facts_.write([&](soci::session& session) -> result<std::set<uuid>> {
    const std::string id = to_string(agent);
    const std::string text{to_string(state)};
    soci::statement update = (session.prepare << "UPDATE agents SET state = :state WHERE id = :id",
                              use(text, "state"), use(id, "id"));
    update.execute(true);
    if (update.get_affected_rows() != 1) return fail(errc::not_found, "There is no agent " + id + ".");
    std::set<uuid> ended;
    if (state == agent_state::revoked) {
      auto open = deliveries::end_revoked(session, agent, now);
      if (!open) return tl::unexpected(open.error());
      ended = std::move(*open);
    }
    const std::string detail = ended.empty() ? "" : std::to_string(ended.size()) + " commands ended";
    if (auto noted = audit_log::append(session, {who, "agent " + text, id, detail}, now); !noted)
      return tl::unexpected(noted.error());
    return ended;
  });
}

} // namespace tier2::cloud
