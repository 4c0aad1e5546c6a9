#include "tools/cloud/ticket_removal.hpp"

#include "tools/cloud/audit_log.hpp"
#include "tools/cloud/database.hpp"
#include "tools/cloud/ticket_retention.hpp"

#include <spdlog/spdlog.h>

namespace tier2::cloud {

using soci::into;
using soci::use;

namespace {

constexpr const char* by_retention = "retention";

/// The whole of a removal in the database, within the caller's transaction. Which content is to go is noted
/// in the same one, so that a crash cannot leave it behind.
result<void> remove_rows(soci::session& session, long long number, const std::string& who, int after_days,
                         wall_time now) {
  const long long at = to_column(now);
  session << "INSERT INTO deleted_tickets (number, agent, account, ticket, received, deleted, deleted_by, "
             "after_days) "
             "SELECT number, agent, account, ticket, received, :at, :who, :days FROM tickets WHERE number = "
             ":number",
      use(at, "at"), use(who, "who"), use(after_days, "days"), use(number, "number");
  session << "INSERT INTO leaving_content (content_digest) SELECT DISTINCT content_digest FROM ticket_parts "
             "WHERE "
             "ticket = :number AND content_digest NOT IN (SELECT content_digest FROM leaving_content)",
      use(number, "number");
  session << "DELETE FROM ticket_parts WHERE ticket = :number", use(number, "number");
  session << "DELETE FROM tickets WHERE number = :number", use(number, "number");
  return audit_log::append(session,
                           {who, "ticket deleted", std::to_string(number),
                            after_days == 0 ? "" : "after " + std::to_string(after_days) + " days"},
                           now);
}

} // namespace

result<deleted_ticket> ticket_removal::remove(std::int64_t number, const std::string& who, wall_time now) {
  ticket_store tickets{facts_};
  const auto before = tickets.deleted(number);
  if (!before) return tl::unexpected(before.error());
  if (*before) return **before;
  const auto removed = facts_.write([&](soci::session& session) -> result<void> {
    const long long wanted = number;
    int count = 0;
    session << "SELECT COUNT(*) FROM tickets WHERE number = :number", into(count), use(wanted, "number");
    if (count == 0) return fail(errc::not_found, "There is no ticket " + std::to_string(number) + ".");
    return remove_rows(session, wanted, who, 0, now);
  });
  if (!removed) return tl::unexpected(removed.error());
  if (auto finished = finish(); !finished) // the sweep tries again
    spdlog::warn("Ticket {} is deleted, but not yet from every file: {}", number, finished.error().what);
  const auto gone = tickets.deleted(number);
  if (!gone) return tl::unexpected(gone.error());
  return gone->value();
}

result<std::size_t> ticket_removal::sweep(wall_time now, std::uint32_t most) {
  auto count = facts_.write([&](soci::session& session) -> result<std::size_t> {
    std::vector<std::pair<long long, int>> over;
    {
      const long long at = to_column(now);
      const int limit = static_cast<int>(most);
      long long number = 0;
      int days = 0;
      soci::statement rows =
          (session.prepare
               << "SELECT number, days FROM (SELECT t.number AS number, t.received AS received, " +
                      kept_days_sql("ticket_retention") +
                      " AS days FROM tickets t) due WHERE days > 0 AND received <= :now - days * "
                      "86400000 ORDER BY received, number LIMIT :most",
           into(number), into(days), use(at, "now"), use(limit, "most"));
      rows.execute();
      while (rows.fetch())
        over.emplace_back(number, days);
    }
    for (const auto& [number, days] : over)
      if (auto removed = remove_rows(session, number, by_retention, days, now); !removed)
        return tl::unexpected(removed.error());
    return over.size();
  });
  if (!count) return count;
  if (auto finished = finish(); !finished) return tl::unexpected(finished.error());
  return count;
}

result<void> ticket_removal::remove_content() {
  const auto leaving = facts_.read([](soci::session& session) -> result<std::vector<std::string>> {
    std::vector<std::string> names;
    std::string name;
    soci::statement rows = (session.prepare << "SELECT content_digest FROM leaving_content", into(name));
    rows.execute();
    while (rows.fetch())
      names.push_back(name);
    return names;
  });
  if (!leaving) return tl::unexpected(leaving.error());
  if (leaving->empty()) return {};
  ticket_store tickets{facts_};
  for (const auto& name : *leaving) {
    const auto content = parse_digest(name);
    if (!content) return tl::unexpected(content.error());
    const auto needed = tickets.has_content(*content);
    if (!needed) return tl::unexpected(needed.error());
    if (*needed) continue;
    if (auto removed = content_.remove(*content); !removed) return removed;
  }
  return facts_.write([&](soci::session& session) -> result<void> {
    for (const auto& name : *leaving)
      session << "DELETE FROM leaving_content WHERE content_digest = :name", use(name, "name");
    return {};
  });
}

result<void> ticket_removal::finish() {
  if (auto removed = remove_content(); !removed) return removed;
  return facts_.forget_deleted();
}

} // namespace tier2::cloud
