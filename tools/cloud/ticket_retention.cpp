#include "tools/cloud/ticket_retention.hpp"

#include "tools/cloud/audit_log.hpp"
#include "tools/cloud/database.hpp"

#include <algorithm>

namespace tier2::cloud {

using soci::into;
using soci::use;

std::string kept_days_sql(const std::string& rules) {
  return "COALESCE((SELECT CASE WHEN MIN(r.keep_days) = 0 THEN 0 ELSE MAX(r.keep_days) END FROM agent_labels "
         "l "
         "JOIN " +
         rules + " r ON r.label = l.label WHERE l.agent = t.agent), (SELECT keep_days FROM " + rules +
         " WHERE label = ''))";
}

namespace {

bool is_label(const std::string& text) {
  return !text.empty() && text.size() <= 64 && std::ranges::none_of(text, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == ',';
  });
}

result<void> check(const std::string& label, std::uint32_t days) {
  if (!label.empty() && !is_label(label))
    return fail(errc::invalid_argument, "A label is a line of 1 to 64 bytes without a comma.");
  if (days > ticket_retention::most_days)
    return fail(errc::invalid_argument, "Tickets are kept for at most 3650 days, or with 0 for ever.");
  return {};
}

std::string for_days(std::uint32_t days) { return days == 0 ? "for ever" : std::to_string(days) + " days"; }

} // namespace

result<ticket_retention::rules> ticket_retention::get() {
  return facts_.read([](soci::session& session) -> result<rules> {
    rules found;
    std::string label;
    int days = 0;
    soci::statement rows = (session.prepare << "SELECT label, keep_days FROM ticket_retention ORDER BY label",
                            into(label), into(days));
    rows.execute();
    while (rows.fetch()) {
      const auto kept = static_cast<std::uint32_t>(days);
      if (label.empty())
        found.all = kept;
      else
        found.labels[label] = kept;
    }
    return found;
  });
}

result<void> ticket_retention::set(const std::string& label, std::uint32_t days, const std::string& who,
                                   wall_time now) {
  if (auto fine = check(label, days); !fine) return fine;
  return facts_.write([&](soci::session& session) -> result<void> {
    const int kept = static_cast<int>(days);
    session << "DELETE FROM ticket_retention WHERE label = :label", use(label, "label");
    session << "INSERT INTO ticket_retention (label, keep_days) VALUES (:label, :days)", use(label, "label"),
        use(kept, "days");
    return audit_log::append(
        session, {who, "ticket retention set", label.empty() ? "all" : label, for_days(days)}, now);
  });
}

result<void> ticket_retention::clear(const std::string& label, const std::string& who, wall_time now) {
  return facts_.write([&](soci::session& session) -> result<void> {
    soci::statement remove =
        (session.prepare << "DELETE FROM ticket_retention WHERE label = :label AND label <> ''",
         use(label, "label"));
    remove.execute(true);
    if (remove.get_affected_rows() != 1)
      return fail(errc::not_found, "There is no retention for the label \"" + label + "\".");
    return audit_log::append(session, {who, "ticket retention cleared", label, ""}, now);
  });
}

result<std::uint64_t> ticket_retention::deletes(const std::string& label, std::optional<std::uint32_t> days,
                                                wall_time now) {
  if (auto fine = check(label, days.value_or(0)); !fine) return tl::unexpected(fine.error());
  return facts_.read([&](soci::session& session) -> result<std::uint64_t> {
    const int kept = static_cast<int>(days.value_or(0));
    const int there = days ? 1 : 0;
    const long long at = to_column(now);
    long long count = 0;
    session
        << "WITH wanted (label, keep_days) AS (SELECT label, keep_days FROM ticket_retention WHERE label <> "
           ":label UNION ALL SELECT :same, :kept WHERE :there), days AS (SELECT (:now - t.received) / "
           "86400000 AS old, " +
               kept_days_sql("ticket_retention") + " AS present, " + kept_days_sql("wanted") +
               " AS future FROM tickets t) SELECT COUNT(*) FROM days WHERE future > 0 AND old >= future AND "
               "(present = 0 OR old < present)",
        into(count), use(label, "label"), use(label, "same"), use(kept, "kept"), use(there, "there"),
        use(at, "now");
    return static_cast<std::uint64_t>(count);
  });
}

result<std::optional<wall_time>> ticket_retention::kept_until(std::int64_t number) {
  return facts_.read([&](soci::session& session) -> result<std::optional<wall_time>> {
    const long long wanted = number;
    long long received = 0;
    long long days = 0;
    session << "SELECT t.received, " + kept_days_sql("ticket_retention") +
                   " FROM tickets t WHERE t.number = :number",
        into(received), into(days), use(wanted, "number");
    if (!session.got_data() || days == 0) return std::optional<wall_time>{};
    return std::optional{from_column(received) + std::chrono::hours{24} * days};
  });
}

} // namespace tier2::cloud
