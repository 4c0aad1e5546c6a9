#include "tools/cloud/command_rows.hpp"

#include "tools/cloud/command_store.hpp"
#include "tools/cloud/database.hpp"

#include <charconv>

namespace tier2::cloud {

using soci::into;
using soci::use;

namespace {

/// The columns of a delivery as SOCI fills them.
struct delivery_columns {
  std::string agent, hostname, state, reason, detail, exit_reason, exit_detail;
  long long sent{}, accepted{}, ended{}, code{}, duration{}, out{}, err{}, out_received{}, err_received{};
  int signal{}, truncated{}, lost{};

  delivery take() const {
    delivery one;
    one.agent = parse_uuid(agent).value_or(uuid{});
    one.hostname = hostname;
    one.state = parse_delivery_state(state);
    one.reason = reason;
    one.detail = detail;
    one.sent = from_column(sent);
    one.accepted = from_column(accepted);
    one.ended = from_column(ended);
    one.received = {static_cast<std::uint64_t>(out_received), static_cast<std::uint64_t>(err_received)};
    one.output_lost = lost != 0;
    if (one.state != delivery_state::exited) return one;
    command_exit how;
    how.reason = parse_exit_reason(exit_reason).value_or(exit_reason::finished);
    how.code = code;
    how.signal = signal;
    how.duration_ms = static_cast<std::uint64_t>(duration);
    how.stdout_bytes = static_cast<std::uint64_t>(out);
    how.stderr_bytes = static_cast<std::uint64_t>(err);
    how.truncated = truncated != 0;
    how.output_lost = one.output_lost;
    how.detail = exit_detail;
    one.exit = how;
    return one;
  }
};

/// `agent` empty: all.
std::vector<delivery> read_deliveries(soci::session& session, const std::string& command,
                                      const std::string& agent) {
  delivery_columns row;
  std::vector<delivery> found;
  soci::statement rows =
      (session.prepare
           << "SELECT d.agent, a.hostname, d.state, d.reason, d.detail, d.sent_at, d.accepted_at, "
              "d.ended_at, d.exit_reason, d.exit_code, d.exit_signal, d.exit_detail, d.duration_ms, "
              "d.stdout_bytes, d.stderr_bytes, d.truncated, d.output_lost, d.stdout_received, "
              "d.stderr_received FROM deliveries d JOIN agents a ON a.id = d.agent WHERE d.command = "
              ":command AND (:agent = '' OR d.agent = :agent) ORDER BY d.agent",
       into(row.agent), into(row.hostname), into(row.state), into(row.reason), into(row.detail),
       into(row.sent), into(row.accepted), into(row.ended), into(row.exit_reason), into(row.code),
       into(row.signal), into(row.exit_detail), into(row.duration), into(row.out), into(row.err),
       into(row.truncated), into(row.lost), into(row.out_received), into(row.err_received),
       use(command, "command"), use(agent, "agent"));
  rows.execute();
  while (rows.fetch())
    found.push_back(row.take());
  return found;
}

struct command_columns {
  std::string id, name, summary, posted_by, kid;
  long long posted{}, issued{}, expires{};

  command_row take() const {
    command_row row;
    row.id = parse_uuid(id).value_or(uuid{});
    row.name = name;
    row.summary = summary;
    row.posted_by = posted_by;
    row.kid = kid;
    row.posted = from_column(posted);
    row.issued = from_column(issued);
    row.expires = from_column(expires);
    return row;
  }
};

void count(soci::session& session, command_row& row) {
  const std::string id = to_string(row.id);
  std::string state;
  long long many = 0;
  soci::statement rows =
      (session.prepare << "SELECT state, COUNT(*) FROM deliveries WHERE command = :command GROUP BY state",
       into(state), into(many), use(id, "command"));
  rows.execute();
  while (rows.fetch())
    row.counts[parse_delivery_state(state)] = static_cast<std::uint64_t>(many);
}

/// "<milliseconds>.<id>", where a list goes on.
struct cursor {
  long long posted{1LL << 60U};
  std::string id;
};
result<cursor> parse_cursor(const std::string& text) {
  cursor from;
  if (text.empty()) return from;
  const auto dot = text.find('.');
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), from.posted);
  if (dot == std::string::npos || wrong != std::errc{} || end != text.data() + dot ||
      !parse_uuid(text.substr(dot + 1)))
    return fail(errc::invalid_argument, "before is the \"next\" of the list before, as it was.");
  from.id = text.substr(dot + 1);
  return from;
}

} // namespace

std::vector<delivery> deliveries_of(soci::session& session, const uuid& command) {
  return read_deliveries(session, to_string(command), "");
}

tl::unexpected<error> no_such_command(const uuid& command) {
  return fail(errc::not_found, "There is no command " + to_string(command) + ".");
}

result<command_list> command_store::list(const command_query& query) {
  const auto from = parse_cursor(query.before);
  if (!from) return tl::unexpected(from.error());
  return facts_.read([&](soci::session& session) -> result<command_list> {
    command_list list;
    command_columns row;
    const std::string agent = query.agent ? to_string(*query.agent) : "";
    const std::string which = !query.open ? "all" : *query.open ? "open" : "ended";
    const int limit = static_cast<int>(query.limit) + 1; // one more says whether there is a next page
    {
      soci::statement rows =
          (session.prepare
               << "SELECT c.id, c.name, c.summary, c.posted_by, c.kid, c.posted_at, c.issued, c.expires "
                  "FROM commands c WHERE (c.posted_at < :at OR (c.posted_at = :at AND c.id < :id)) AND "
                  "(:agent = '' OR EXISTS (SELECT 1 FROM deliveries d WHERE d.command = c.id AND d.agent = "
                  ":agent)) AND (:which = 'all' OR (:which = 'open') = EXISTS (SELECT 1 FROM deliveries d "
                  "WHERE d.command = c.id AND d.state IN ('waiting', 'sent', 'accepted'))) "
                  "ORDER BY c.posted_at DESC, c.id DESC LIMIT :limit",
           into(row.id), into(row.name), into(row.summary), into(row.posted_by), into(row.kid),
           into(row.posted), into(row.issued), into(row.expires), use(from->posted, "at"),
           use(from->id, "id"), use(agent, "agent"), use(which, "which"), use(limit, "limit"));
      rows.execute();
      while (rows.fetch())
        list.rows.push_back(row.take());
    }
    if (list.rows.size() > query.limit) {
      list.rows.resize(query.limit);
      list.next = std::to_string(to_column(list.rows.back().posted)) + "." + to_string(list.rows.back().id);
    }
    for (auto& each : list.rows)
      count(session, each);
    return list;
  });
}

result<whole_command> command_store::get(const uuid& command) {
  return facts_.read([&](soci::session& session) -> result<whole_command> {
    whole_command whole;
    command_columns row;
    const std::string id = to_string(command);
    session << "SELECT id, name, summary, posted_by, kid, posted_at, issued, expires, jws FROM commands "
               "WHERE id = :id",
        into(row.id), into(row.name), into(row.summary), into(row.posted_by), into(row.kid), into(row.posted),
        into(row.issued), into(row.expires), into(whole.jws), use(id, "id");
    if (!session.got_data()) return no_such_command(command);
    whole.row = row.take();
    whole.deliveries = deliveries_of(session, command);
    for (const auto& each : whole.deliveries)
      ++whole.row.counts[each.state];
    return whole;
  });
}

result<std::optional<delivery>> command_store::find(const uuid& command, const uuid& agent) {
  return facts_.read([&](soci::session& session) -> result<std::optional<delivery>> {
    auto found = read_deliveries(session, to_string(command), to_string(agent));
    if (found.empty()) return std::optional<delivery>{};
    return std::optional{std::move(found.front())};
  });
}

result<std::uint64_t> command_store::open_deliveries(const uuid& command, const std::optional<uuid>& agent) {
  return facts_.read([&](soci::session& session) -> result<std::uint64_t> {
    const std::string id = to_string(command);
    const std::string by = agent ? to_string(*agent) : "";
    long long many = 0;
    session << "SELECT COUNT(*) FROM deliveries WHERE command = :command AND state IN ('waiting', 'sent', "
               "'accepted') AND (:agent = '' OR agent = :agent)",
        into(many), use(id, "command"), use(by, "agent");
    return static_cast<std::uint64_t>(many);
  });
}

result<std::vector<command_event>> command_store::events(const uuid& command, std::int64_t seq,
                                                         std::uint32_t limit) {
  return facts_.read([&](soci::session& session) -> result<std::vector<command_event>> {
    std::vector<command_event> found;
    const std::string id = to_string(command);
    const long long from = seq;
    const int most = static_cast<int>(limit);
    long long at = 0;
    std::string agent;
    std::string kind;
    std::string state;
    long long position = 0;
    long long bytes = 0;
    soci::statement rows =
        (session.prepare << "SELECT seq, agent, kind, state, position, bytes FROM command_events WHERE "
                            "command = :command AND seq >= :seq ORDER BY seq LIMIT :limit",
         into(at), into(agent), into(kind), into(state), into(position), into(bytes), use(id, "command"),
         use(from, "seq"), use(most, "limit"));
    rows.execute();
    while (rows.fetch()) {
      command_event one;
      one.seq = at;
      one.agent = parse_uuid(agent).value_or(uuid{});
      if (kind == "stdout") one.stream = output_stream::out;
      if (kind == "stderr") one.stream = output_stream::err;
      one.state = parse_delivery_state(state);
      one.position = static_cast<std::uint64_t>(position);
      one.bytes = static_cast<std::uint64_t>(bytes);
      found.push_back(one);
    }
    return found;
  });
}

} // namespace tier2::cloud
