#include "tools/cloud/alert_store.hpp"

#include "messages/wire/json.hpp"
#include "tools/cloud/alert_search.hpp"
#include "tools/cloud/audit_log.hpp"
#include "tools/cloud/database.hpp"
#include "tools/cloud/notify_queue.hpp"

namespace tier2::cloud {

using soci::into;
using soci::use;

namespace {

constexpr long long day_ms = 86'400'000;

std::string to_json(const std::map<std::string, std::string>& labels) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const auto& [name, value] : labels)
    object[name] = value;
  return wire::dump_json(object);
}

void mark(const std::vector<long long>& alerts, soci::session& session, const std::string& who,
          const std::string& note, wall_time now) {
  const long long at = to_column(now);
  long long seq = 0;
  soci::statement update = (session.prepare << "UPDATE alerts SET is_open = 0, acknowledged_by = :who, "
                                               "acknowledged_at = :now, note = :note WHERE seq = :seq",
                            use(who, "who"), use(at, "now"), use(note, "note"), use(seq, "seq"));
  for (const auto each : alerts) {
    seq = each;
    update.execute(true);
  }
}

} // namespace

result<alert_store::taken> alert_store::add(soci::session& session, const uuid& agent, const alert& what,
                                            wall_time now) {
  const std::string by = to_string(agent);
  const std::string id = to_string(what.id);
  int known = 0;
  session << "SELECT COUNT(*) FROM alerts WHERE agent = :agent AND id = :id", into(known), use(by, "agent"),
      use(id, "id");
  if (known != 0) return taken::known;
  const long long received = to_column(now);
  const std::int64_t day = received / day_ms;
  auto& today = today_[agent];
  if (today.day != day) {
    long long count = 0;
    const long long since = day * day_ms;
    session << "SELECT COUNT(*) FROM alerts WHERE agent = :agent AND received >= :since", into(count),
        use(by, "agent"), use(since, "since");
    today = {day, static_cast<std::uint64_t>(count)};
  }
  if (today.count >= most_a_day) return taken::too_many;
  const std::string severity{to_string(what.severity)};
  const std::string labels = to_json(what.labels);
  const long long at = to_column(what.at);
  const int gravity = static_cast<int>(what.severity);
  const auto suppressed = static_cast<long long>(what.suppressed);
  long long seq = 0;
  session << "SELECT COALESCE(MAX(seq), 0) + 1 FROM alerts", into(seq);
  session << "INSERT INTO alerts (agent, id, seq, received, severity, source, title, body, at, labels, "
             "dedupe_key, suppressed, gravity) VALUES (:agent, :id, :seq, "
             ":received, :severity, :source, :title, :body, :at, :labels, :key, :suppressed, :gravity)",
      use(by, "agent"), use(id, "id"), use(seq, "seq"), use(received, "received"), use(severity, "severity"),
      use(what.source, "source"), use(what.title, "title"), use(what.body, "body"), use(at, "at"),
      use(labels, "labels"), use(what.dedupe_key, "key"), use(suppressed, "suppressed"),
      use(gravity, "gravity");
  if (told_ != nullptr)
    if (auto queued = told_->add(session, seq, what.severity, now); !queued)
      return tl::unexpected(queued.error());
  ++today.count;
  return taken::stored;
}

result<alert_list> alert_store::list(const alert_query& query) {
  return facts_.read([&](soci::session& session) -> result<alert_list> {
    const auto found = find_alerts(session, query);
    alert_list list;
    list.next = found.next;
    for (const auto seq : found.seqs)
      if (auto row = read_alert(session, seq)) list.rows.push_back(std::move(*row));
    return list;
  });
}

result<std::uint32_t> alert_store::count_open(alert_severity least, const std::optional<uuid>& agent) {
  return facts_.read([&](soci::session& session) -> result<std::uint32_t> {
    alert_query query;
    query.least = least;
    query.agent = agent;
    query.open_only = true;
    query.limit = most_counted;
    return static_cast<std::uint32_t>(find_alerts(session, query).seqs.size());
  });
}

result<alert_row> alert_store::acknowledge(const uuid& agent, const uuid& id, const std::string& who,
                                           const std::string& note, wall_time now) {
  return facts_.write([&](soci::session& session) -> result<alert_row> {
    const std::string by = to_string(agent);
    const std::string key = to_string(id);
    long long seq = 0;
    session << "SELECT seq FROM alerts WHERE agent = :agent AND id = :id", into(seq), use(by, "agent"),
        use(key, "id");
    auto row = session.got_data() ? read_alert(session, seq) : std::nullopt;
    if (!row) return fail(errc::not_found, "There is no alert " + key + " of agent " + by + ".");
    if (!row->acknowledged_by.empty()) return *row;
    mark({seq}, session, who, note, now);
    std::string detail = "alert " + key;
    if (!note.empty()) detail += ": " + note;
    if (auto noted = audit_log::append(session, {who, "alert acknowledged", by, detail}, now); !noted)
      return tl::unexpected(noted.error());
    return *read_alert(session, seq);
  });
}

result<alert_store::acknowledged> alert_store::acknowledge_all(alert_query which, const std::string& who,
                                                               const std::string& note, wall_time now) {
  which.open_only = true;
  which.limit = most_acknowledged_at_once;
  return facts_.write([&](soci::session& session) -> result<acknowledged> {
    const auto found = find_alerts(session, which);
    acknowledged done{static_cast<std::uint32_t>(found.seqs.size()), found.next};
    if (found.seqs.empty()) return done;
    mark(found.seqs, session, who, note, now);
    std::string detail = std::to_string(done.count) + " alerts of at least " +
                         std::string{to_string(which.least)} + ", numbers " +
                         std::to_string(found.seqs.back()) + " to " + std::to_string(found.seqs.front());
    if (!which.text.empty()) detail += ", with \"" + which.text + "\"";
    if (!note.empty()) detail += ": " + note;
    if (auto noted = audit_log::append(
            session, {who, "alerts acknowledged", which.agent ? to_string(*which.agent) : "", detail}, now);
        !noted)
      return tl::unexpected(noted.error());
    return done;
  });
}

} // namespace tier2::cloud
