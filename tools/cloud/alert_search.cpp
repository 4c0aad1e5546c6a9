#include "tools/cloud/alert_search.hpp"

#include "tools/cloud/database.hpp"
#include "tools/cloud/like_pattern.hpp"

#include <algorithm>

namespace tier2::cloud {

using soci::into;
using soci::use;

namespace {

constexpr long long all_rows = 1LL << 60U;
constexpr long long first_step = 1000;
constexpr long long step_grows = 4;

/// One query for each (is_open, gravity), each of them a range of an index in the list's order: the database
/// merges them and never sorts or passes over what does not fit.
std::string ranges(const alert_query& query) {
  std::string text;
  const std::string of_agent = query.agent ? "agent = :agent AND " : "";
  for (const char* open : {"1", "0"}) {
    if (query.open_only && open[0] == '0') continue;
    for (int gravity = static_cast<int>(query.least); gravity <= static_cast<int>(alert_severity::critical);
         ++gravity) {
      if (!text.empty()) text += " UNION ALL ";
      text += "SELECT seq FROM alerts WHERE " + of_agent + "is_open = " + open +
              " AND gravity = " + std::to_string(gravity) + " AND seq < :below AND seq > :above";
    }
  }
  return text + " ORDER BY seq DESC LIMIT :most";
}

/// What every statement over `ranges` is bound to.
struct bounds {
  std::string agent;
  long long below{all_rows}, above{}, most{};

  void bind(soci::statement& rows, bool with_agent) {
    if (with_agent) rows.exchange(use(agent, "agent"));
    rows.exchange(use(below, "below"));
    rows.exchange(use(above, "above"));
    rows.exchange(use(most, "most"));
  }
};

void run(soci::statement& rows, const std::string& text) {
  rows.alloc();
  rows.prepare(text);
  rows.define_and_bind();
  rows.execute();
}

} // namespace

found_alerts find_alerts(soci::session& session, const alert_query& query) {
  found_alerts found;
  bounds within;
  const bool of_agent = query.agent.has_value();
  if (of_agent) within.agent = to_string(*query.agent);
  if (query.before != 0) within.below = query.before;
  within.above = query.after;
  const std::string inner = ranges(query);
  const auto collect = [&](const std::string& text, const std::string* pattern) {
    long long seq = 0;
    soci::statement rows{session};
    rows.exchange(into(seq));
    within.bind(rows, of_agent);
    if (pattern != nullptr) rows.exchange(use(*pattern, "pattern"));
    run(rows, text);
    while (found.seqs.size() <= query.limit && rows.fetch())
      found.seqs.push_back(seq);
  };
  const auto finish = [&] {
    if (found.seqs.size() > query.limit) {
      found.seqs.resize(query.limit);
      found.next = found.seqs.back();
    }
    return found;
  };
  if (query.text.empty()) {
    within.most = static_cast<long long>(query.limit) + 1;
    collect(inner, nullptr);
    return finish();
  }
  const std::string pattern = like_pattern(query.text);
  const std::string text_fits = "SELECT l.seq FROM (" + inner +
                                ") s JOIN alerts l ON l.seq = s.seq JOIN agents a ON a.id = l.agent WHERE "
                                "l.title LIKE :pattern ESCAPE '\\' OR l.body LIKE :pattern ESCAPE '\\' OR "
                                "l.source LIKE :pattern ESCAPE '\\' OR a.hostname LIKE :pattern ESCAPE '\\' "
                                "ORDER BY l.seq DESC";
  // In growing steps: what is found among the newest is answered at once.
  long long looked = 0;
  for (long long step = first_step;; step = std::min(step * step_grows, alert_store::search_depth - looked)) {
    within.most = step;
    long long count = 0;
    long long lowest = 0;
    {
      soci::statement rows{session};
      rows.exchange(into(count));
      rows.exchange(into(lowest));
      within.bind(rows, of_agent);
      run(rows, "SELECT COUNT(*), COALESCE(MIN(seq), 0) FROM (" + inner + ") s");
      rows.fetch();
    }
    if (count != 0) collect(text_fits, &pattern);
    if (found.seqs.size() > query.limit || count < step) return finish();
    looked += count;
    within.below = lowest;
    if (looked >= alert_store::search_depth) {
      found.next = lowest;
      return found;
    }
  }
}

std::optional<alert_row> read_alert(soci::session& session, long long seq) {
  alert_row row;
  std::string agent;
  std::string id;
  long long at = 0;
  long long received = 0;
  long long suppressed = 0;
  long long acknowledged = 0;
  session << "SELECT l.agent, a.hostname, l.id, l.severity, l.source, l.title, l.body, l.at, l.labels, "
             "l.dedupe_key, l.suppressed, l.acknowledged_by, l.acknowledged_at, l.note, l.received FROM "
             "alerts l JOIN agents a ON a.id = l.agent WHERE l.seq = :seq",
      into(agent), into(row.hostname), into(id), into(row.severity), into(row.what.source),
      into(row.what.title), into(row.what.body), into(at), into(row.labels), into(row.what.dedupe_key),
      into(suppressed), into(row.acknowledged_by), into(acknowledged), into(row.note), into(received),
      use(seq, "seq");
  if (!session.got_data()) return std::nullopt;
  row.seq = seq;
  row.agent = parse_uuid(agent).value_or(uuid{});
  row.what.id = parse_uuid(id).value_or(uuid{});
  row.what.severity = parse_alert_severity(row.severity).value_or(alert_severity::warning);
  row.what.at = from_column(at);
  row.what.suppressed = static_cast<std::uint64_t>(suppressed);
  row.received = from_column(received);
  row.acknowledged_at = from_column(acknowledged);
  return row;
}

} // namespace tier2::cloud
