#include "tools/cloud/command_store.hpp"

#include "tools/cloud/audit_log.hpp"
#include "tools/cloud/command_rows.hpp"
#include "tools/cloud/database.hpp"
#include "tools/cloud/delivery_posting.hpp"
#include "tools/cloud/delivery_store.hpp"

#include <algorithm>
#include <set>

namespace tier2::cloud {

using soci::into;
using soci::use;

namespace {

struct audience {
  std::set<std::string> agents;
  std::vector<std::string> unknown;
};

void add_all(soci::session& session, std::set<std::string>& to, const std::string& group) {
  std::string id;
  const std::string all = group.empty() ? "1" : "0";
  soci::statement rows =
      (session.prepare << "SELECT a.id FROM agents a WHERE a.state = 'approved' AND (:all = '1' OR EXISTS "
                          "(SELECT 1 FROM agent_groups g WHERE g.agent = a.id AND g.name = :name AND "
                          "g.confirmed = 1))",
       into(id), use(all, "all"), use(group, "name"));
  rows.execute();
  while (rows.fetch())
    to.insert(id);
}

audience resolve(soci::session& session, const std::vector<std::string>& names) {
  audience found;
  for (const auto& name : names) {
    if (name.starts_with("group:")) {
      if (name.size() > 6) add_all(session, found.agents, name.substr(6));
    } else if (name.starts_with("fleet:")) {
      add_all(session, found.agents, "");
    } else {
      int count = 0;
      session << "SELECT COUNT(*) FROM agents WHERE id = :id AND state = 'approved'", into(count),
          use(name, "id");
      if (count == 1)
        found.agents.insert(name);
      else
        found.unknown.push_back(name);
    }
  }
  return found;
}

void add_command(soci::session& session, const posted_command& command, const std::string& who,
                 std::size_t agents, wall_time now) {
  const std::string id = to_string(command.claims.jti);
  const std::string name{name_of(command.claims.cmd)};
  const std::string input = to_string(command.signing_input);
  const long long at = to_column(now);
  const long long issued = to_column(wall_time{command.claims.issued});
  const long long expires = to_column(wall_time{command.claims.expires});
  const auto most = static_cast<long long>(command.output_limit);
  const auto bytes = static_cast<long long>(command.jws.size());
  const auto many = static_cast<long long>(agents);
  const long long run_ms = std::chrono::milliseconds{command.run_time}.count();
  session << "INSERT INTO commands (id, posted_at, posted_by, kid, name, summary, issued, expires, "
             "input_digest, jws, max_output, bytes, agents, run_ms) VALUES (:id, :at, :who, :kid, :name, "
             ":summary, :issued, :expires, :input, :jws, :most, :bytes, :agents, :run)",
      use(id, "id"), use(at, "at"), use(who, "who"), use(command.kid, "kid"), use(name, "name"),
      use(command.summary, "summary"), use(issued, "issued"), use(expires, "expires"), use(input, "input"),
      use(command.jws, "jws"), use(most, "most"), use(bytes, "bytes"), use(many, "agents"),
      use(run_ms, "run");
}

std::uint64_t waiting(soci::session& session, const std::string& who = "") {
  long long many = 0;
  if (who.empty())
    session << "SELECT COUNT(*) FROM deliveries WHERE state = 'waiting'", into(many);
  else
    session
        << "SELECT COUNT(*) FROM deliveries d JOIN commands c ON c.id = d.command WHERE d.state = 'waiting' "
           "AND c.posted_by = :who",
        into(many), use(who, "who");
  return static_cast<std::uint64_t>(many);
}

bool too_much_waits(soci::session& session, const std::string& who, std::size_t more) {
  const auto all = waiting(session) + more;
  return all > command_store::most_waiting ||
         (all > command_store::most_waiting_of_one &&
          waiting(session, who) + more > command_store::most_waiting_of_one);
}

/// When there is room again; nothing: now.
std::optional<std::chrono::seconds> over_quota(soci::session& session, const posting_limits& limits,
                                               const std::string& who, std::size_t bytes, std::size_t agents,
                                               wall_time now) {
  constexpr std::chrono::hours day{24};
  const long long since = to_column(now - day);
  long long commands = 0;
  long long had = 0;
  long long deliveries = 0;
  long long oldest = 0;
  session
      << "SELECT COUNT(*), COALESCE(SUM(bytes), 0), COALESCE(SUM(agents), 0), COALESCE(MIN(posted_at), 0) "
         "FROM commands WHERE posted_by = :who AND posted_at > :since",
      into(commands), into(had), into(deliveries), into(oldest), use(who, "who"), use(since, "since");
  if (static_cast<std::uint64_t>(commands) < limits.commands &&
      static_cast<std::uint64_t>(had) + bytes <= limits.bytes &&
      static_cast<std::uint64_t>(deliveries) + agents <= limits.deliveries)
    return std::nullopt;
  const auto free = commands == 0 ? now + day : from_column(oldest) + day;
  return std::max(std::chrono::ceil<std::chrono::seconds>(free - now), std::chrono::seconds{1});
}

} // namespace

result<posting> command_store::post(const posted_command& command, const std::string& who,
                                    const std::function<link_number(const uuid&)>& link_of, wall_time now) {
  return facts_.write([&](soci::session& session) -> result<posting> {
    using outcome = posting::outcome;
    const auto refused = [](outcome why) {
      posting none;
      none.how = why;
      return none;
    };
    const std::string id = to_string(command.claims.jti);
    std::string before;
    session << "SELECT input_digest FROM commands WHERE id = :id", into(before), use(id, "id");
    if (session.got_data()) {
      if (before != to_string(command.signing_input)) return refused(outcome::conflict);
      posting again = refused(outcome::known);
      again.send_now = take_signature(session, command, link_of, now);
      again.deliveries = deliveries_of(session, command.claims.jti);
      return again;
    }
    if (command.held_until() <= now) return refused(outcome::expired);
    auto to = resolve(session, command.claims.audience);
    if (to.agents.empty()) {
      posting none = refused(outcome::no_agent);
      none.unknown = std::move(to.unknown);
      return none;
    }
    if (to.agents.size() > most_agents || too_much_waits(session, who, to.agents.size()))
      return refused(outcome::too_many);
    if (const auto again = over_quota(session, limits_, who, command.jws.size(), to.agents.size(), now)) {
      posting none = refused(outcome::over_quota);
      none.again = *again;
      return none;
    }
    const auto plan = plan_deliveries(session, to.agents, command.jws.size(), link_of);
    if (std::ranges::all_of(plan, [](const auto& each) { return each.state == delivery_state::expired; }))
      return refused(outcome::too_many);
    add_command(session, command, who, to.agents.size(), now);
    posting taken;
    taken.send_now = add_deliveries(session, command, plan, now);
    const auto noted = audit_log::append(session,
                                         {who, "command posted", id,
                                          "name=" + std::string{name_of(command.claims.cmd)} + " agents=" +
                                              std::to_string(to.agents.size()) + " kid=" + command.kid},
                                         now);
    if (!noted) return tl::unexpected(noted.error());
    taken.deliveries = deliveries_of(session, command.claims.jti);
    taken.unknown = std::move(to.unknown);
    return taken;
  });
}

result<std::vector<uuid>> command_store::remove_ended(wall_time before, std::uint32_t limit) {
  return facts_.write([&](soci::session& session) -> result<std::vector<uuid>> {
    const long long at = to_column(before);
    const int most = static_cast<int>(limit);
    std::vector<std::string> found;
    std::string id;
    {
      soci::statement rows =
          (session.prepare << "SELECT id FROM commands WHERE posted_at < :at AND NOT EXISTS (SELECT 1 FROM "
                              "deliveries d WHERE d.command = commands.id AND d.state IN ('waiting', 'sent', "
                              "'accepted')) ORDER BY posted_at LIMIT :most",
           into(id), use(at, "at"), use(most, "most"));
      rows.execute();
      while (rows.fetch())
        found.push_back(id);
    }
    std::vector<uuid> removed;
    for (const auto& each : found) {
      session << "DELETE FROM command_events WHERE command = :id", use(each, "id");
      session << "DELETE FROM deliveries WHERE command = :id", use(each, "id");
      session << "DELETE FROM commands WHERE id = :id", use(each, "id");
      if (const auto parsed = parse_uuid(each)) removed.push_back(*parsed);
    }
    return removed;
  });
}

result<bool> command_store::exists(const uuid& command) {
  return facts_.read([&](soci::session& session) -> result<bool> {
    const std::string id = to_string(command);
    int count = 0;
    session << "SELECT COUNT(*) FROM commands WHERE id = :id", into(count), use(id, "id");
    return count == 1;
  });
}

result<std::size_t> command_store::withdraw(const uuid& command, const std::string& who, wall_time now) {
  return facts_.write([&](soci::session& session) -> result<std::size_t> {
    const std::string id = to_string(command);
    int count = 0;
    session << "SELECT COUNT(*) FROM commands WHERE id = :id", into(count), use(id, "id");
    if (count == 0) return no_such_command(command);
    return deliveries::withdraw(session, command, who, now);
  });
}

} // namespace tier2::cloud
