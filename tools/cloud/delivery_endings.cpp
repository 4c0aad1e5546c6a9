// Deliveries that end because of us: time is over, or the command was withdrawn.
#include "tools/cloud/delivery_store.hpp"

#include "tools/cloud/audit_log.hpp"
#include "tools/cloud/database.hpp"

namespace tier2::cloud::deliveries {

using soci::into;
using soci::use;

namespace {

struct open_delivery {
  std::string command, agent;
};

/// Ends deliveries in `state` that are due, one by one so that each has its event.
std::vector<open_delivery> overdue(soci::session& session, const char* state, wall_time until) {
  constexpr int at_once = 20000;
  std::vector<open_delivery> found;
  open_delivery one;
  const std::string wanted{state};
  const long long at = to_column(until);
  soci::statement rows =
      (session.prepare << "SELECT command, agent FROM deliveries WHERE state = :state AND held_until <= :at "
                          "LIMIT :most",
       into(one.command), into(one.agent), use(wanted, "state"), use(at, "at"), use(at_once, "most"));
  rows.execute();
  while (rows.fetch())
    found.push_back(one);
  return found;
}

void end_as_expired(soci::session& session, const std::vector<open_delivery>& which,
                    const std::string& reason, const std::string& detail, wall_time now) {
  const long long at = to_column(now);
  std::string command;
  std::string agent;
  soci::statement update =
      (session.prepare << "UPDATE deliveries SET state = 'expired', reason = :reason, detail = :detail, "
                          "ended_at = :now WHERE command = :command AND agent = :agent",
       use(reason, "reason"), use(detail, "detail"), use(at, "now"), use(command, "command"),
       use(agent, "agent"));
  for (const auto& each : which) {
    command = each.command;
    agent = each.agent;
    update.execute(true);
    if (const auto id = parse_uuid(command)) add_state(session, *id, agent, delivery_state::expired);
  }
}

} // namespace

result<expired> expire(soci::session& session, wall_time now) {
  const auto never_sent = overdue(session, "waiting", now);
  end_as_expired(session, never_sent, "expired", "The machine did not connect in time.", now);
  const auto unanswered = overdue(session, "sent", now - grace);
  end_as_expired(session, unanswered, "unanswered",
                 "The command was sent to the machine, which did not answer.", now);
  const auto unfinished = overdue(session, "accepted", now - accepted_grace);
  end_as_expired(session, unfinished, "unanswered",
                 "The machine accepted the command and never said how it ended.", now);
  expired changed;
  for (const auto* list : {&never_sent, &unanswered, &unfinished})
    for (const auto& each : *list)
      if (const auto id = parse_uuid(each.command)) changed.commands.insert(*id);
  for (const auto& each : unanswered)
    if (const auto id = parse_uuid(each.agent)) changed.agents.insert(*id);
  return changed;
}

result<std::set<uuid>> end_revoked(soci::session& session, const uuid& agent, wall_time now) {
  std::vector<open_delivery> open;
  open_delivery one{{}, to_string(agent)};
  {
    soci::statement rows =
        (session.prepare << "SELECT command FROM deliveries WHERE agent = :agent AND state IN "
                            "('waiting', 'sent', 'accepted')",
         into(one.command), use(one.agent, "agent"));
    rows.execute();
    while (rows.fetch())
      open.push_back(one);
  }
  end_as_expired(session, open, "revoked", "The machine's key was revoked.", now);
  std::set<uuid> changed;
  for (const auto& each : open)
    if (const auto id = parse_uuid(each.command)) changed.insert(*id);
  return changed;
}

result<std::size_t> withdraw(soci::session& session, const uuid& command, const std::string& who,
                             wall_time now) {
  const std::string id = to_string(command);
  std::vector<open_delivery> waiting;
  open_delivery one;
  {
    soci::statement rows =
        (session.prepare
             << "SELECT command, agent FROM deliveries WHERE command = :command AND state = 'waiting'",
         into(one.command), into(one.agent), use(id, "command"));
    rows.execute();
    while (rows.fetch())
      waiting.push_back(one);
  }
  if (waiting.empty()) return std::size_t{0}; // also for the audit: who asks again and again must not fill it
  end_as_expired(session, waiting, "withdrawn", "The command was withdrawn before it was sent.", now);
  auto noted = audit_log::append(
      session, {who, "command withdrawn", id, std::to_string(waiting.size()) + " not sent"}, now);
  if (!noted) return tl::unexpected(noted.error());
  return waiting.size();
}

} // namespace tier2::cloud::deliveries
