// Groups of machines: what a machine claims, and what commands are routed by.
#include "tools/cloud/agent_groups.hpp"

#include "messages/command.hpp"
#include "tools/cloud/agent_store.hpp"
#include "tools/cloud/audit_log.hpp"
#include "tools/cloud/database.hpp"
#include "tools/cloud/posted_command.hpp"

namespace tier2::cloud {

using soci::into;
using soci::use;

namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& each : names)
    text += (text.empty() ? "" : " ") + each;
  return text;
}

std::set<std::string> names_in(soci::session& session, const std::string& agent, int confirmed) {
  std::set<std::string> names;
  std::string name;
  soci::statement rows =
      (session.prepare << "SELECT name FROM agent_groups WHERE agent = :id AND confirmed = :confirmed",
       into(name), use(agent, "id"), use(confirmed, "confirmed"));
  rows.execute();
  while (rows.fetch())
    names.insert(name);
  return names;
}

void put(soci::session& session, const std::string& agent, const std::string& name, int confirmed) {
  session << "DELETE FROM agent_groups WHERE agent = :id AND name = :name", use(agent, "id"),
      use(name, "name");
  session << "INSERT INTO agent_groups (agent, name, confirmed) VALUES (:id, :name, :confirmed)",
      use(agent, "id"), use(name, "name"), use(confirmed, "confirmed");
}

} // namespace

result<void> take_groups(soci::session& session, const std::string& agent, std::set<std::string> named,
                         bool trusted, wall_time now) {
  int known = 0;
  session << "SELECT groups_known FROM agents WHERE id = :id", into(known), use(agent, "id");
  for (const int confirmed : {0, 1})
    for (const auto& had : names_in(session, agent, confirmed))
      if (named.erase(had) == 0)
        session << "DELETE FROM agent_groups WHERE agent = :id AND name = :name", use(agent, "id"),
            use(had, "name");
  const bool first = known == 0;
  for (const auto& name : named)
    put(session, agent, name, first && trusted ? 1 : 0);
  if (!first) return {};
  session << "UPDATE agents SET groups_known = 1 WHERE id = :id", use(agent, "id");
  if (named.empty()) return {};
  return audit_log::append(session,
                           {"agent:" + agent, trusted ? "first groups trusted" : "first groups claimed",
                            agent, joined({named.begin(), named.end()})},
                           now);
}

result<void> agent_store::groups_were_set(soci::session& session, const uuid& agent, const uuid& command,
                                          wall_time now) {
  const std::string id = to_string(agent);
  const std::string which = to_string(command);
  std::string jws;
  session << "SELECT jws FROM commands WHERE id = :id AND name = 'set_groups'", into(jws), use(which, "id");
  if (!session.got_data()) return {};
  const auto read = read_posted_command(jws);
  const auto* set = read ? std::get_if<set_groups_command>(&read->claims.cmd) : nullptr;
  if (set == nullptr) return {};
  for (const auto& name : set->groups)
    put(session, id, name, 1);
  return audit_log::append(
      session, {"agent:" + id, "groups confirmed by a command", id, which + " " + joined(set->groups)}, now);
}

result<std::vector<std::string>> agent_store::confirm_groups(const uuid& agent,
                                                             const std::vector<std::string>& names,
                                                             const std::string& who, wall_time now) {
  return facts_.write([&](soci::session& session) -> result<std::vector<std::string>> {
    const std::string id = to_string(agent);
    int count = 0;
    session << "SELECT COUNT(*) FROM agents WHERE id = :id", into(count), use(id, "id");
    if (count == 0) return fail(errc::not_found, "There is no agent " + id + ".");
    const auto claimed = names_in(session, id, 0);
    const auto confirmed = names_in(session, id, 1);
    for (const auto& name : names)
      if (!claimed.contains(name) && !confirmed.contains(name))
        return fail(errc::conflict, "The machine does not say that it is in the group \"" + name +
                                        "\". Nothing was changed; look at its groups again.");
    std::vector<std::string> done;
    for (const auto& name : names.empty() ? std::vector<std::string>{claimed.begin(), claimed.end()} : names)
      if (claimed.contains(name)) done.push_back(name);
    for (const auto& name : done)
      put(session, id, name, 1);
    if (done.empty()) return done;
    if (auto noted = audit_log::append(session, {who, "groups confirmed", id, joined(done)}, now); !noted)
      return tl::unexpected(noted.error());
    return done;
  });
}

} // namespace tier2::cloud
