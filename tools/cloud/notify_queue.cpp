#include "tools/cloud/notify_queue.hpp"

#include "tools/cloud/database.hpp"

#include <algorithm>

namespace tier2::cloud {

using namespace std::chrono_literals;
using soci::into;
using soci::use;

namespace {

constexpr auto first_pause = 1s;
constexpr auto longest_pause = 5min;
constexpr std::size_t most_problem_bytes = 500;

/// Changes what is counted of a receiver.
void count(soci::session& session, const std::string& receiver, const std::string& change) {
  session << "UPDATE notify_receivers SET " + change + " WHERE name = :name", use(receiver, "name");
}

std::uint64_t remove(soci::session& session, const std::string& receiver,
                     const std::vector<long long>& alerts) {
  long long alert = 0;
  std::uint64_t removed = 0;
  soci::statement gone =
      (session.prepare << "DELETE FROM notifications WHERE receiver = :receiver AND alert = :alert",
       use(receiver, "receiver"), use(alert, "alert"));
  for (const auto each : alerts) {
    alert = each;
    gone.execute(true);
    removed += static_cast<std::uint64_t>(gone.get_affected_rows());
  }
  return removed;
}

} // namespace

std::chrono::milliseconds notify_pause(std::uint32_t attempts) {
  std::chrono::milliseconds pause = first_pause;
  for (std::uint32_t i = 0; i < attempts && pause < longest_pause; ++i)
    pause *= 2;
  return std::min<std::chrono::milliseconds>(pause, longest_pause);
}

result<void> notify_queue::open() {
  return facts_.write([&](soci::session& session) -> result<void> {
    std::vector<std::string> known;
    {
      std::string name;
      soci::statement rows = (session.prepare << "SELECT name FROM notify_receivers", into(name));
      rows.execute();
      while (rows.fetch())
        known.push_back(name);
    }
    for (const auto& name : known)
      if (std::ranges::find(receivers_, name, &notify_receiver::name) == receivers_.end()) {
        session << "DELETE FROM notifications WHERE receiver = :name", use(name, "name");
        session << "DELETE FROM notify_receivers WHERE name = :name", use(name, "name");
      }
    for (const auto& each : receivers_)
      if (std::ranges::find(known, each.name) == known.end())
        session << "INSERT INTO notify_receivers (name) VALUES (:name)", use(each.name, "name");
    return {};
  });
}

result<void> notify_queue::add(soci::session& session, long long alert, alert_severity severity,
                               wall_time now) {
  const long long at = to_column(now);
  const int gravity = static_cast<int>(severity);
  for (const auto& each : receivers_) {
    if (severity < each.least) continue;
    long long waiting = 0;
    session << "SELECT waiting FROM notify_receivers WHERE name = :name", into(waiting),
        use(each.name, "name");
    if (waiting >= static_cast<long long>(most_waiting)) {
      count(session, each.name, "dropped = dropped + 1, unsaid = unsaid + 1");
      long long lighter = 0;
      session << "SELECT alert FROM notifications WHERE receiver = :name AND gravity < :gravity "
                 "ORDER BY gravity, alert DESC LIMIT 1",
          into(lighter), use(each.name, "name"), use(gravity, "gravity");
      if (!session.got_data()) continue;
      remove(session, each.name, {lighter});
      count(session, each.name, "waiting = waiting - 1");
    }
    session << "INSERT INTO notifications (receiver, alert, gravity, queued, due) VALUES (:name, :alert, "
               ":gravity, "
               ":now, :now)",
        use(each.name, "name"), use(alert, "alert"), use(gravity, "gravity"), use(at, "now");
    count(session, each.name, "waiting = waiting + 1");
  }
  return {};
}

result<std::vector<long long>> notify_queue::due(const std::string& receiver, wall_time now,
                                                 std::uint32_t limit) {
  return facts_.read([&](soci::session& session) -> result<std::vector<long long>> {
    std::vector<long long> found;
    long long alert = 0;
    const long long at = to_column(now);
    const int most = static_cast<int>(limit);
    soci::statement rows =
        (session.prepare
             << "SELECT alert FROM notifications WHERE receiver = :name AND due <= :now ORDER BY due, "
                "alert LIMIT :most",
         into(alert), use(receiver, "name"), use(at, "now"), use(most, "most"));
    rows.execute();
    while (rows.fetch())
      found.push_back(alert);
    return found;
  });
}

result<std::optional<wall_time>> notify_queue::next_due(const std::string& receiver) {
  return facts_.read([&](soci::session& session) -> result<std::optional<wall_time>> {
    long long at = 0;
    session << "SELECT due FROM notifications WHERE receiver = :name ORDER BY due LIMIT 1", into(at),
        use(receiver, "name");
    if (!session.got_data()) return std::optional<wall_time>{};
    return std::optional{from_column(at)};
  });
}

result<void> notify_queue::sent(const std::string& receiver, const std::vector<long long>& alerts,
                                std::uint64_t unsaid, wall_time now) {
  return facts_.write([&](soci::session& session) -> result<void> {
    const auto removed = static_cast<long long>(remove(session, receiver, alerts));
    const auto told = static_cast<long long>(alerts.size());
    const auto said = static_cast<long long>(unsaid);
    const long long at = to_column(now);
    session
        << "UPDATE notify_receivers SET waiting = waiting - :removed, sent = sent + :told, unsaid = unsaid - "
           ":said, last_sent = :now, failing_since = 0, problem = '' WHERE name = :name",
        use(removed, "removed"), use(told, "told"), use(said, "said"), use(at, "now"), use(receiver, "name");
    return {};
  });
}

result<void> notify_queue::failed(const std::string& receiver, const std::vector<long long>& alerts,
                                  const std::string& why, wall_time now) {
  return facts_.write([&](soci::session& session) -> result<void> {
    const long long at = to_column(now);
    for (const auto each : alerts) {
      int attempts = 0;
      session << "SELECT attempts FROM notifications WHERE receiver = :name AND alert = :alert",
          into(attempts), use(receiver, "name"), use(each, "alert");
      if (!session.got_data()) continue;
      const long long due = to_column(now + notify_pause(static_cast<std::uint32_t>(attempts)));
      session << "UPDATE notifications SET attempts = attempts + 1, due = :due WHERE receiver = :name AND "
                 "alert = "
                 ":alert",
          use(due, "due"), use(receiver, "name"), use(each, "alert");
    }
    const std::string problem = why.substr(0, most_problem_bytes);
    session << "UPDATE notify_receivers SET failing_since = CASE failing_since WHEN 0 THEN :now ELSE "
               "failing_since END, problem = :problem WHERE name = :name",
        use(at, "now"), use(problem, "problem"), use(receiver, "name");
    return {};
  });
}

result<std::uint64_t> notify_queue::give_up(const std::string& receiver, wall_time before) {
  const auto old = facts_.read([&](soci::session& session) -> result<bool> {
    long long first = 0;
    session << "SELECT COALESCE(MIN(queued), 0) FROM notifications WHERE receiver = :name", into(first),
        use(receiver, "name");
    return first != 0 && from_column(first) < before;
  });
  if (!old) return tl::unexpected(old.error());
  if (!*old) return std::uint64_t{0};
  return facts_.write([&](soci::session& session) -> result<std::uint64_t> {
    const long long at = to_column(before);
    soci::statement gone =
        (session.prepare << "DELETE FROM notifications WHERE receiver = :name AND queued < :before",
         use(receiver, "name"), use(at, "before"));
    gone.execute(true);
    const auto many = static_cast<long long>(gone.get_affected_rows());
    session << "UPDATE notify_receivers SET waiting = waiting - :many, given_up = given_up + :many, unsaid = "
               "unsaid + :many WHERE name = :name",
        use(many, "many"), use(receiver, "name");
    return static_cast<std::uint64_t>(many);
  });
}

result<receiver_state> notify_queue::state(const std::string& receiver) {
  return facts_.read([&](soci::session& session) -> result<receiver_state> {
    receiver_state one;
    one.name = receiver;
    long long waiting = 0;
    long long sent = 0;
    long long dropped = 0;
    long long given_up = 0;
    long long unsaid = 0;
    long long last = 0;
    long long since = 0;
    session << "SELECT waiting, sent, dropped, given_up, unsaid, last_sent, failing_since, problem FROM "
               "notify_receivers WHERE name = :name",
        into(waiting), into(sent), into(dropped), into(given_up), into(unsaid), into(last), into(since),
        into(one.problem), use(receiver, "name");
    if (!session.got_data()) return fail(errc::not_found, "There is no receiver " + receiver + ".");
    one.waiting = static_cast<std::uint64_t>(waiting);
    one.sent = static_cast<std::uint64_t>(sent);
    one.dropped = static_cast<std::uint64_t>(dropped);
    one.given_up = static_cast<std::uint64_t>(given_up);
    one.unsaid = static_cast<std::uint64_t>(unsaid);
    one.last_sent = from_column(last);
    one.failing_since = from_column(since);
    return one;
  });
}

} // namespace tier2::cloud
