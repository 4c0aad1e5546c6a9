#include "tools/cloud/audit_log.hpp"

#include "messages/wire/json.hpp"
#include "platform/crypto/digest.hpp"
#include "tools/cloud/database.hpp"

namespace tier2::cloud {

using soci::into;
using soci::use;

namespace {

constexpr std::size_t longest_text = 4096;

/// Milliseconds, not text, for the time: exactly what the column holds.
digest chained(const digest& before, const audit_row& row) {
  nlohmann::ordered_json line;
  line["seq"] = row.seq;
  line["at"] = to_column(row.at);
  line["who"] = row.what.who;
  line["event"] = row.what.event;
  line["subject"] = row.what.subject;
  line["detail"] = row.what.detail;
  digest_stream hash;
  hash.update(std::as_bytes(std::span{before.bytes}));
  const std::string text = wire::dump_json(line);
  hash.update(std::as_bytes(std::span{text}));
  return hash.finish();
}

/// Calls `each` with every row below `before`, or all; stops when it returns false.
template <class F>
void read_rows(soci::session& session, const std::string& rest, F&& each, long long before, long long limit) {
  audit_row row;
  long long seq = 0;
  long long at = 0;
  soci::statement rows =
      (session.prepare
           << "SELECT seq, at, who, event, subject, detail, hash FROM audit WHERE seq < :before " + rest +
                  " LIMIT :limit",
       into(seq), into(at), into(row.what.who), into(row.what.event), into(row.what.subject),
       into(row.what.detail), into(row.hash), use(before, "before"), use(limit, "limit"));
  rows.execute();
  while (rows.fetch()) {
    row.seq = seq;
    row.at = from_column(at);
    if (!each(row)) return;
  }
}

constexpr long long all_rows = 1LL << 60U;

} // namespace

result<void> audit_log::append(soci::session& session, const audit_entry& entry, wall_time now) {
  long long last = 0;
  std::string before;
  session << "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", into(last), into(before);
  const bool first = !session.got_data();
  const auto chain = first ? digest{} : parse_digest(before).value_or(digest{});
  audit_row row;
  row.seq = first ? 1 : last + 1;
  row.at = from_column(to_column(now));
  row.what = {wire::valid_utf8(entry.who, longest_text), entry.event,
              wire::valid_utf8(entry.subject, longest_text), wire::valid_utf8(entry.detail, longest_text)};
  row.hash = to_string(chained(chain, row));
  const long long seq = row.seq;
  const long long at = to_column(row.at);
  session << "INSERT INTO audit (seq, at, who, event, subject, detail, hash) VALUES (:seq, :at, :who, "
             ":event, :subject, :detail, :hash)",
      use(seq, "seq"), use(at, "at"), use(row.what.who, "who"), use(row.what.event, "event"),
      use(row.what.subject, "subject"), use(row.what.detail, "detail"), use(row.hash, "hash");
  return {};
}

result<void> audit_log::append(const audit_entry& entry, wall_time now) {
  return facts_.write([&](soci::session& session) { return append(session, entry, now); });
}

result<std::vector<audit_row>> audit_log::list(std::uint32_t limit, std::int64_t before) {
  return facts_.read([&](soci::session& session) -> result<std::vector<audit_row>> {
    std::vector<audit_row> found;
    read_rows(
        session, "ORDER BY seq DESC",
        [&](const audit_row& row) {
          found.push_back(row);
          return true;
        },
        before == 0 ? all_rows : before, limit);
    return found;
  });
}

result<audit_log::verdict> audit_log::verify() {
  return facts_.read([&](soci::session& session) -> result<verdict> {
    verdict found;
    digest before{};
    read_rows(
        session, "ORDER BY seq ASC",
        [&](const audit_row& row) {
          const digest expected = chained(before, row);
          if (row.seq != found.rows + 1 || to_string(expected) != row.hash) {
            found.first_wrong = row.seq;
            return false;
          }
          ++found.rows;
          found.last_hash = row.hash;
          before = expected;
          return true;
        },
        all_rows, all_rows);
    return found;
  });
}

} // namespace tier2::cloud
