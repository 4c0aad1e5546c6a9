#include "tools/cloud/operator_store.hpp"

#include "tools/cloud/database.hpp"

namespace tier2::cloud {

using namespace std::chrono_literals;
using soci::into;
using soci::use;

namespace {
constexpr auto lifetime = 12h;
constexpr auto idle_limit = 2h;
constexpr auto note_use_every = 1min; // one write a minute and session is exact enough for two hours
constexpr auto audit_kept = 24h * 400;
} // namespace

result<void> operator_store::add(const std::string& name, const std::string& password_hash, bool replace,
                                 wall_time now) {
  return facts_.write([&](soci::session& session) -> result<void> {
    const long long at = to_column(now);
    int count = 0;
    session << "SELECT COUNT(*) FROM operators WHERE name = :name", into(count), use(name, "name");
    if (count != 0 && !replace)
      return fail(errc::conflict,
                  "There is an operator \"" + name +
                      "\" already. Nothing was changed; add --replace to set a new password.");
    if (count == 0) {
      session << "INSERT INTO operators (name, password_hash, created) VALUES (:name, :hash, :now)",
          use(name, "name"), use(password_hash, "hash"), use(at, "now");
      return {};
    }
    session << "UPDATE operators SET password_hash = :hash WHERE name = :name", use(password_hash, "hash"),
        use(name, "name");
    session << "DELETE FROM sessions WHERE operator = :name", use(name, "name");
    return {};
  });
}

result<std::optional<std::string>> operator_store::password_hash(const std::string& name) {
  return facts_.read([&](soci::session& session) -> result<std::optional<std::string>> {
    std::string hash;
    session << "SELECT password_hash FROM operators WHERE name = :name", into(hash), use(name, "name");
    if (!session.got_data()) return std::optional<std::string>{};
    return std::optional{hash};
  });
}

result<void> operator_store::open_session(const digest& token, const std::string& name, wall_time now) {
  return facts_.write([&](soci::session& session) -> result<void> {
    const std::string key = to_string(token);
    const long long at = to_column(now);
    const long long expires = to_column(now + lifetime);
    const long long idle_since = to_column(now - idle_limit);
    session << "DELETE FROM sessions WHERE expires <= :now OR last_used <= :idle", use(at, "now"),
        use(idle_since, "idle");
    session << "INSERT INTO sessions (token_digest, operator, expires, last_used) VALUES (:token, :name, "
               ":expires, "
               ":now)",
        use(key, "token"), use(name, "name"), use(expires, "expires"), use(at, "now");
    return {};
  });
}

result<std::optional<operator_session>> operator_store::find_session(const digest& token, wall_time now) {
  const std::string key = to_string(token);
  const long long at = to_column(now);
  const long long idle_since = to_column(now - idle_limit);
  return facts_.read([&](soci::session& session) -> result<std::optional<operator_session>> {
    operator_session one;
    long long last_used = 0;
    session << "SELECT operator, last_used FROM sessions "
               "WHERE token_digest = :token AND expires > :now AND last_used > :idle",
        into(one.name), into(last_used), use(key, "token"), use(at, "now"), use(idle_since, "idle");
    if (!session.got_data()) return std::optional<operator_session>{};
    one.last_used = from_column(last_used);
    return std::optional{one};
  });
}

result<std::optional<std::string>> operator_store::use_session(const digest& token, wall_time now) {
  const auto found = find_session(token, now);
  if (!found) return tl::unexpected(found.error());
  if (!*found) return std::optional<std::string>{};
  const std::optional name{(*found)->name};
  if (now - (*found)->last_used < note_use_every) return name;
  const std::string key = to_string(token);
  const long long at = to_column(now);
  const auto noted = facts_.write([&](soci::session& session) -> result<void> {
    session << "UPDATE sessions SET last_used = :now WHERE token_digest = :token", use(at, "now"),
        use(key, "token");
    return {};
  });
  if (!noted) return tl::unexpected(noted.error());
  return name;
}

result<void> operator_store::close_session(const digest& token) {
  return facts_.write([&](soci::session& session) -> result<void> {
    const std::string key = to_string(token);
    session << "DELETE FROM sessions WHERE token_digest = :token", use(key, "token");
    return {};
  });
}

result<void> operator_store::record_sign_in(const std::string& name, const std::string& address,
                                            const std::string& outcome, wall_time now) {
  return facts_.write([&](soci::session& session) -> result<void> {
    const long long at = to_column(now);
    const long long oldest = to_column(now - audit_kept);
    session
        << "INSERT INTO sign_ins (at, operator, address, outcome) VALUES (:at, :name, :address, :outcome)",
        use(at, "at"), use(name, "name"), use(address, "address"), use(outcome, "outcome");
    session << "DELETE FROM sign_ins WHERE at < :oldest", use(oldest, "oldest");
    return {};
  });
}

} // namespace tier2::cloud
