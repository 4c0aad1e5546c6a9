// Deliveries when their command is posted.
#include "tools/cloud/delivery_posting.hpp"

#include "tools/cloud/database.hpp"
#include "tools/cloud/delivery_store.hpp"

namespace tier2::cloud {

using soci::into;
using soci::use;

std::vector<planned_delivery> plan_deliveries(soci::session& session, const std::set<std::string>& agents,
                                              std::size_t bytes,
                                              const std::function<link_number(const uuid&)>& link_of) {
  std::vector<planned_delivery> plan;
  std::string agent;
  long long link = 0;
  long long waits = 0;
  long long waiting_bytes = 0;
  long long unanswered = 0;
  long long unanswered_bytes = 0;
  soci::statement have =
      (session.prepare
           << "SELECT COALESCE(SUM(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE "
              "WHEN state = 'waiting' THEN bytes "
              "ELSE 0 END), 0), COALESCE(SUM(CASE WHEN state = 'sent' AND link = :link THEN 1 ELSE 0 END), "
              "0), COALESCE(SUM(CASE WHEN state "
              "= 'sent' AND link = :link THEN bytes ELSE 0 END), 0) FROM deliveries WHERE agent = :agent AND "
              "state IN ('waiting', 'sent')",
       into(waits), into(waiting_bytes), into(unanswered), into(unanswered_bytes), use(link, "link"),
       use(agent, "agent"));
  const auto size = static_cast<long long>(bytes);
  for (const auto& each : agents) {
    agent = each;
    const auto parsed = parse_uuid(each);
    link = parsed ? link_of(*parsed) : 0;
    have.execute(true);
    planned_delivery one{each};
    // What waits goes first: the order in which it was posted is kept.
    const bool has_room = waits == 0 && unanswered < static_cast<long long>(deliveries::most_unanswered) &&
                          (unanswered == 0 || unanswered_bytes + size <=
                                                  static_cast<long long>(deliveries::most_unanswered_bytes));
    if (link != 0 && has_room) {
      one.state = delivery_state::sent;
      one.link = link;
    } else if (waits >= static_cast<long long>(command_store::most_waiting_for_agent) ||
               waiting_bytes + size > static_cast<long long>(command_store::most_waiting_bytes_for_agent)) {
      one.state = delivery_state::expired;
    }
    plan.push_back(std::move(one));
  }
  return plan;
}

std::vector<linked_agent> add_deliveries(soci::session& session, const posted_command& command,
                                         const std::vector<planned_delivery>& plan, wall_time now) {
  const std::string id = to_string(command.claims.jti);
  const long long at = to_column(now);
  const long long until = to_column(std::min(command.held_until(), now + command_store::longest_hold));
  const auto bytes = static_cast<long long>(command.jws.size());
  std::vector<linked_agent> send_now;
  std::string agent;
  std::string state;
  std::string reason;
  std::string detail;
  long long link = 0;
  long long sent = 0;
  long long ended = 0;
  long long seq = 0;
  soci::statement insert =
      (session.prepare
           << "INSERT INTO deliveries (command, agent, state, reason, detail, held_until, sent_at, "
              "ended_at, posted_at, bytes, link) VALUES (:command, :agent, :state, :reason, :detail, "
              ":until, :sent, :ended, :posted, :bytes, :link)",
       use(id, "command"), use(agent, "agent"), use(state, "state"), use(reason, "reason"),
       use(detail, "detail"), use(until, "until"), use(sent, "sent"), use(ended, "ended"), use(at, "posted"),
       use(bytes, "bytes"), use(link, "link"));
  soci::statement event =
      (session.prepare << "INSERT INTO command_events (command, seq, agent, kind, state) VALUES (:command, "
                          ":seq, :agent, 'state', :state)",
       use(id, "command"), use(seq, "seq"), use(agent, "agent"), use(state, "state"));
  for (const auto& each : plan) {
    const bool full = each.state == delivery_state::expired;
    agent = each.agent;
    state = to_string(each.state);
    reason = full ? "too_many" : "";
    detail = full ? "Too many commands wait for this machine already." : "";
    link = each.link;
    sent = each.link != 0 ? at : 0;
    ended = full ? at : 0;
    ++seq;
    insert.execute(true);
    event.execute(true);
    if (const auto parsed = parse_uuid(each.agent); parsed && each.link != 0)
      send_now.push_back({*parsed, each.link});
  }
  return send_now;
}

std::vector<linked_agent> take_signature(soci::session& session, const posted_command& command,
                                         const std::function<link_number(const uuid&)>& link_of,
                                         wall_time now) {
  const std::string id = to_string(command.claims.jti);
  const long long at = to_column(now);
  std::string jws;
  int signatures = 0;
  session << "SELECT jws, signatures FROM commands WHERE id = :id", into(jws), into(signatures),
      use(id, "id");
  if (jws == command.jws || signatures >= command_store::most_signatures) return {};
  std::set<std::string> refused;
  bool waits = false;
  {
    std::string agent;
    std::string state;
    soci::statement rows =
        (session.prepare
             << "SELECT agent, state FROM deliveries WHERE command = :id AND held_until > :now AND "
                "(state = 'waiting' OR (state = 'rejected' AND reason = 'bad_signature'))",
         into(agent), into(state), use(id, "id"), use(at, "now"));
    rows.execute();
    while (rows.fetch()) {
      if (state == "waiting") waits = true;
      if (state == "rejected") refused.insert(agent);
    }
  }
  if (!waits && refused.empty()) return {};
  session << "UPDATE commands SET jws = :jws, signatures = signatures + 1 WHERE id = :id",
      use(command.jws, "jws"), use(id, "id");
  std::vector<linked_agent> send_now;
  for (const auto& each : plan_deliveries(session, refused, command.jws.size(), link_of)) {
    const auto agent = parse_uuid(each.agent);
    if (!agent || each.state == delivery_state::expired) continue; // it stays refused
    const std::string state{to_string(each.state)};
    const long long link = each.link;
    session
        << "UPDATE deliveries SET state = :state, reason = '', detail = '', ended_at = 0, link = :link WHERE "
           "command = :id AND agent = :agent",
        use(state, "state"), use(link, "link"), use(id, "id"), use(each.agent, "agent");
    deliveries::add_state(session, command.claims.jti, each.agent, each.state);
    if (link != 0) send_now.push_back({*agent, link});
  }
  return send_now;
}

} // namespace tier2::cloud
