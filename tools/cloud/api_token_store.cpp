#include "tools/cloud/api_token_store.hpp"

#include "tools/cloud/audit_log.hpp"
#include "tools/cloud/database.hpp"

#include <algorithm>
#include <sstream>

namespace tier2::cloud {

using namespace std::chrono_literals;
using soci::into;
using soci::use;

namespace {

constexpr auto note_use_every = 1min;

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream{text};
  std::vector<std::string> found;
  for (std::string word; stream >> word;)
    found.push_back(word);
  return found;
}

result<std::string> joined(const std::vector<std::string>& scopes) {
  std::string text;
  for (const auto known : all_scopes)
    if (std::ranges::find(scopes, known) != scopes.end())
      text += (text.empty() ? "" : " ") + std::string{known};
  for (const auto& each : scopes)
    if (std::ranges::find(all_scopes, each) == all_scopes.end())
      return fail(errc::invalid_argument,
                  "There is no scope \"" + each +
                      "\". Scopes: commands:write commands:read agents:read tickets:read tickets:write "
                      "alerts:read alerts:write audit:read.");
  if (text.empty()) return fail(errc::invalid_argument, "A token needs at least one scope.");
  return text;
}

} // namespace

result<void> api_token_store::add(const std::string& name, const digest& token,
                                  const std::vector<std::string>& scopes, std::optional<wall_time> expires,
                                  const std::string& who, wall_time now) {
  if (!is_name(name))
    return fail(errc::invalid_argument, "A token's name has 1 to 64 of the characters A-Z a-z 0-9 . _ -");
  const auto text = joined(scopes);
  if (!text) return tl::unexpected(text.error());
  return facts_.write([&](soci::session& session) -> result<void> {
    int count = 0;
    session << "SELECT COUNT(*) FROM api_tokens WHERE name = :name", into(count), use(name, "name");
    if (count != 0)
      return fail(errc::conflict, "There is or was a token \"" + name +
                                      "\". Nothing was changed; choose another name, so that the audit stays "
                                      "clear.");
    const std::string key = to_string(token);
    const long long at = to_column(now);
    const long long until = expires ? to_column(*expires) : 0;
    session << "INSERT INTO api_tokens (name, token_digest, scopes, created, expires) VALUES (:name, :token, "
               ":scopes, :now, :expires)",
        use(name, "name"), use(key, "token"), use(*text, "scopes"), use(at, "now"), use(until, "expires");
    return audit_log::append(session, {who, "api token made", name, *text}, now);
  });
}

result<std::optional<api_token>> api_token_store::use_token(const digest& token, wall_time now) {
  const std::string key = to_string(token);
  const long long at = to_column(now);
  auto found = facts_.read([&](soci::session& session) -> result<std::optional<api_token>> {
    api_token one;
    std::string scopes;
    long long created = 0;
    long long expires = 0;
    long long last_used = 0;
    session << "SELECT name, scopes, created, expires, last_used FROM api_tokens WHERE token_digest = :token "
               "AND revoked = 0 AND (expires = 0 OR expires > :now)",
        into(one.name), into(scopes), into(created), into(expires), into(last_used), use(key, "token"),
        use(at, "now");
    if (!session.got_data()) return std::optional<api_token>{};
    one.scopes = words(scopes);
    one.created = from_column(created);
    one.expires = from_column(expires);
    one.last_used = from_column(last_used);
    return std::optional{one};
  });
  if (!found || !*found || now - (*found)->last_used < note_use_every) return found;
  const auto noted = facts_.write([&](soci::session& session) -> result<void> {
    session << "UPDATE api_tokens SET last_used = :now WHERE token_digest = :token", use(at, "now"),
        use(key, "token");
    return {};
  });
  if (!noted) return tl::unexpected(noted.error());
  return found;
}

result<std::vector<api_token>> api_token_store::list() {
  return facts_.read([&](soci::session& session) -> result<std::vector<api_token>> {
    std::vector<api_token> found;
    api_token one;
    std::string scopes;
    long long created = 0;
    long long expires = 0;
    long long last_used = 0;
    long long revoked = 0;
    soci::statement rows =
        (session.prepare
             << "SELECT name, scopes, created, expires, last_used, revoked FROM api_tokens ORDER BY name",
         into(one.name), into(scopes), into(created), into(expires), into(last_used), into(revoked));
    rows.execute();
    while (rows.fetch()) {
      one.scopes = words(scopes);
      one.created = from_column(created);
      one.expires = from_column(expires);
      one.last_used = from_column(last_used);
      one.revoked = from_column(revoked);
      found.push_back(one);
    }
    return found;
  });
}

result<void> api_token_store::revoke(const std::string& name, const std::string& who, wall_time now) {
  return facts_.write([&](soci::session& session) -> result<void> {
    const long long at = to_column(now);
    soci::statement update =
        (session.prepare << "UPDATE api_tokens SET revoked = :now WHERE name = :name AND revoked = 0",
         use(at, "now"), use(name, "name"));
    update.execute(true);
    if (update.get_affected_rows() != 1)
      return fail(errc::not_found, "There is no token \"" + name + "\" that still counts.");
    return audit_log::append(session, {who, "api token revoked", name, ""}, now);
  });
}

} // namespace tier2::cloud
