// Two machines with one key: what gives them away.
#include "platform/process.hpp"
#include "tools/cloud/agent_store.hpp"
#include "tools/cloud/alert_store.hpp"
#include "tools/cloud/audit_log.hpp"
#include "tools/cloud/database.hpp"

#include <algorithm>
#include <sstream>

namespace tier2::cloud {

using soci::into;
using soci::use;

namespace {
constexpr std::size_t most_boots = 8; ///< So many machines with one key are still told apart.
}

/// A machine that starts anew has a boot id that it never had before. One that it had, and had another since,
/// is that of another machine, or of one that was put back to an earlier state.
result<bool> agent_store::notice_boot(soci::session& session, const uuid& agent, const wire::hello& about,
                                      wall_time now) {
  if (about.boot_id.is_nil()) return false;
  const std::string id = to_string(agent);
  const std::string boot = to_string(about.boot_id);
  std::string text;
  std::string suspicion;
  session << "SELECT boots, suspicion FROM agents WHERE id = :id", into(text), into(suspicion), use(id, "id");
  std::vector<std::string> boots;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);)
    boots.push_back(line);
  if (!boots.empty() && boots.back() == boot) return false;
  const bool again = std::erase(boots, boot) != 0;
  boots.push_back(boot);
  if (boots.size() > most_boots) boots.erase(boots.begin());
  text.clear();
  for (const auto& each : boots)
    text += (text.empty() ? "" : "\n") + each;
  session << "UPDATE agents SET boots = :boots WHERE id = :id", use(text, "boots"), use(id, "id");
  if (!again || !suspicion.empty()) return false;
  const long long at = to_column(now);
  session << "UPDATE agents SET suspicion = 'boot_ids', suspected = :now WHERE id = :id", use(at, "now"),
      use(id, "id");
  alert twins;
  twins.id = random_uuid();
  twins.severity = alert_severity::error;
  twins.source = "cloud";
  twins.title = "Two machines use the key of this one";
  twins.body =
      "It has come back to a boot that it had left: a copy of its disk runs, or it was put back to a "
      "snapshot. Revoke it if it was copied.";
  twins.at = now;
  twins.dedupe_key = "clone";
  const auto told = alert_store{facts_, told_}.add(session, agent, twins, now);
  if (!told) return tl::unexpected(told.error());
  return true;
}

result<void> agent_store::dismiss(const uuid& agent, const std::string& who, wall_time now) {
  return facts_.write([&](soci::session& session) -> result<void> {
    const std::string id = to_string(agent);
    std::string suspicion;
    session << "SELECT suspicion FROM agents WHERE id = :id", into(suspicion), use(id, "id");
    if (!session.got_data()) return fail(errc::not_found, "There is no agent " + id + ".");
    if (suspicion.empty()) return {};
    // Boots from before do not count again.
    session << "UPDATE agents SET suspicion = '', suspected = 0, boots = '' WHERE id = :id", use(id, "id");
    return audit_log::append(session, {who, "agent suspicion dismissed", id, suspicion}, now);
  });
}

result<std::vector<same_hardware>> agent_store::twins(const uuid& agent) {
  return facts_.read([&](soci::session& session) -> result<std::vector<same_hardware>> {
    std::vector<same_hardware> found;
    const std::string id = to_string(agent);
    std::string other;
    std::string hostname;
    soci::statement rows =
        (session.prepare
             << "SELECT b.id, b.hostname FROM agents a JOIN agents b ON b.board_digest = a.board_digest "
                "AND b.disk_digest = a.disk_digest AND b.id <> a.id WHERE a.id = :id AND "
                "a.board_digest <> '' AND a.disk_digest <> '' ORDER BY b.id LIMIT 20",
         into(other), into(hostname), use(id, "id"));
    rows.execute();
    while (rows.fetch())
      found.push_back({parse_uuid(other).value_or(uuid{}), hostname});
    return found;
  });
}

} // namespace tier2::cloud
