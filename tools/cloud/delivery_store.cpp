#include "tools/cloud/delivery_store.hpp"

#include "tools/cloud/audit_log.hpp"
#include "tools/cloud/database.hpp"

namespace tier2::cloud::deliveries {

using soci::into;
using soci::use;

namespace {

long long next_seq(soci::session& session, const std::string& command) {
  long long last = 0;
  session << "SELECT COALESCE(MAX(seq), 0) FROM command_events WHERE command = :command", into(last),
      use(command, "command");
  return last + 1;
}

/// What is in `state` and was not sent on this link: command and bytes, at most as many as may be unanswered.
std::vector<std::pair<std::string, long long>> next_due(soci::session& session, const std::string& agent,
                                                        const std::string& state, long long link,
                                                        long long now) {
  std::vector<std::pair<std::string, long long>> found;
  std::pair<std::string, long long> one;
  const int most = most_unanswered;
  soci::statement rows =
      (session.prepare << "SELECT command, bytes FROM deliveries WHERE agent = :agent AND state = :state AND "
                          "link <> :link AND held_until > :now ORDER BY posted_at, command LIMIT :most",
       into(one.first), into(one.second), use(agent, "agent"), use(state, "state"), use(link, "link"),
       use(now, "now"), use(most, "most"));
  rows.execute();
  while (rows.fetch())
    found.push_back(one);
  return found;
}

} // namespace

void add_state(soci::session& session, const uuid& command, const std::string& agent, delivery_state state) {
  const std::string id = to_string(command);
  const long long seq = next_seq(session, id);
  const std::string text{to_string(state)};
  session << "INSERT INTO command_events (command, seq, agent, kind, state) VALUES (:command, :seq, :agent, "
             "'state', :state)",
      use(id, "command"), use(seq, "seq"), use(agent, "agent"), use(text, "state");
}

result<std::vector<due>> take_due(soci::session& session, const uuid& agent, link_number link,
                                  wall_time now) {
  const std::string by = to_string(agent);
  const long long at = to_column(now);
  const long long on_link = link;
  long long many = 0;
  long long bytes = 0;
  session
      << "SELECT COUNT(*), COALESCE(SUM(bytes), 0) FROM deliveries WHERE agent = :agent AND state = 'sent' "
         "AND link = :link",
      into(many), into(bytes), use(by, "agent"), use(on_link, "link");
  std::vector<due> to_send;
  bool full = false;
  for (const std::string state : {"sent", "waiting"}) {
    for (const auto& [command, size] : next_due(session, by, state, on_link, at)) {
      full = full || many >= static_cast<long long>(most_unanswered) ||
             (many > 0 && bytes + size > static_cast<long long>(most_unanswered_bytes));
      if (full) return to_send;
      const auto id = parse_uuid(command);
      if (!id) return tl::unexpected(id.error());
      due one{*id, {}};
      session << "SELECT jws FROM commands WHERE id = :id", into(one.jws), use(command, "id");
      to_send.push_back(std::move(one));
      session
          << "UPDATE deliveries SET state = 'sent', sent_at = CASE WHEN sent_at = 0 THEN :now ELSE sent_at "
             "END, link = :link WHERE command = :command AND agent = :agent",
          use(at, "now"), use(on_link, "link"), use(command, "command"), use(by, "agent");
      if (state == "waiting") add_state(session, *id, by, delivery_state::sent);
      ++many;
      bytes += size;
    }
  }
  return to_send;
}

result<bool> any_due(soci::session& session, const uuid& agent, link_number link) {
  const std::string by = to_string(agent);
  const long long on_link = link;
  int found = 0;
  session << "SELECT EXISTS (SELECT 1 FROM deliveries WHERE agent = :agent AND state IN ('sent', 'waiting') "
             "AND link <> "
             ":link)",
      into(found), use(by, "agent"), use(on_link, "link");
  return found != 0;
}

result<bool> accept(soci::session& session, const uuid& command, const uuid& agent, wall_time now) {
  const std::string id = to_string(command);
  const std::string by = to_string(agent);
  const long long at = to_column(now);
  soci::statement update =
      (session.prepare
           << "UPDATE deliveries SET state = 'accepted', reason = '', detail = '', accepted_at = "
              ":now, ended_at = 0, held_until = :now + (SELECT run_ms FROM commands WHERE id = "
              ":command) WHERE command = :command AND agent = :agent AND sent_at > 0 AND state IN "
              "('sent', 'expired')",
       use(at, "now"), use(id, "command"), use(by, "agent"));
  update.execute(true);
  if (update.get_affected_rows() != 1) return false;
  add_state(session, command, by, delivery_state::accepted);
  return true;
}

result<bool> reject(soci::session& session, const uuid& command, const uuid& agent, reject_reason reason,
                    const std::string& detail, wall_time now) {
  const std::string id = to_string(command);
  const std::string by = to_string(agent);
  const std::string why{to_string(reason)};
  const long long at = to_column(now);
  soci::statement update =
      (session.prepare << "UPDATE deliveries SET state = 'rejected', reason = :reason, detail = :detail, "
                          "ended_at = :now WHERE command = :command AND agent = :agent AND sent_at > 0 AND "
                          "state IN ('sent', 'expired')",
       use(why, "reason"), use(detail, "detail"), use(at, "now"), use(id, "command"), use(by, "agent"));
  update.execute(true);
  if (update.get_affected_rows() != 1) return false;
  add_state(session, command, by, delivery_state::rejected);
  auto noted = audit_log::append(session, {"agent:" + by, "command rejected", id, why}, now);
  if (!noted) return tl::unexpected(noted.error());
  return true;
}

result<finishing> finish(soci::session& session, const uuid& command, const uuid& agent,
                         const command_exit& how, wall_time now) {
  const std::string id = to_string(command);
  const std::string by = to_string(agent);
  std::string state;
  long long sent = 0;
  session << "SELECT state, sent_at FROM deliveries WHERE command = :command AND agent = :agent", into(state),
      into(sent), use(id, "command"), use(by, "agent");
  if (!session.got_data() || sent == 0) return finishing::unknown;
  if (state == "exited" || state == "rejected") return finishing::known;
  const std::string reason{to_string(how.reason)};
  const long long at = to_column(now);
  const long long code = how.code;
  const int signal = how.signal;
  const auto duration = static_cast<long long>(how.duration_ms);
  const auto out = static_cast<long long>(how.stdout_bytes);
  const auto err = static_cast<long long>(how.stderr_bytes);
  const int truncated = how.truncated ? 1 : 0;
  const int lost = how.output_lost ? 1 : 0;
  session
      << "UPDATE deliveries SET state = 'exited', reason = '', detail = '', ended_at = :now, exit_reason "
         "= :reason, exit_code = :code, exit_signal = :signal, exit_detail = :detail, duration_ms = "
         ":duration, stdout_bytes = :out, stderr_bytes = :err, truncated = :truncated, output_lost = CASE "
         "WHEN :lost = 1 THEN 1 ELSE output_lost END WHERE command = :command AND agent = :agent",
      use(at, "now"), use(reason, "reason"), use(code, "code"), use(signal, "signal"),
      use(how.detail, "detail"), use(duration, "duration"), use(out, "out"), use(err, "err"),
      use(truncated, "truncated"), use(lost, "lost"), use(id, "command"), use(by, "agent");
  add_state(session, command, by, delivery_state::exited);
  const std::string detail =
      reason + (how.signal != 0 ? " signal " + std::to_string(signal) : " code " + std::to_string(code));
  auto noted = audit_log::append(session, {"agent:" + by, "command exited", id, detail}, now);
  if (!noted) return tl::unexpected(noted.error());
  return finishing::finished;
}

} // namespace tier2::cloud::deliveries
