// What operators say of machines, and the tokens that let in new ones.
#include "messages/wire/json.hpp"
#include "tools/cloud/agent_store.hpp"
#include "tools/cloud/audit_log.hpp"
#include "tools/cloud/database.hpp"

#include <algorithm>

namespace tier2::cloud {

using soci::into;
using soci::use;

namespace {

constexpr std::size_t most_name_bytes = 100;
constexpr std::size_t most_note_bytes = 2000;
constexpr std::size_t most_label_bytes = 64;
constexpr std::size_t most_labels = 20;
constexpr std::size_t token_id_digits = 8;

bool is_line(const std::string& text, std::size_t most) {
  return text.size() <= most &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

result<void> check(agent_about& about) {
  if (about.display_name && !is_line(*about.display_name, most_name_bytes))
    return fail(errc::invalid_argument, "A display name is one line of at most 100 bytes.");
  if (about.note && about.note->size() > most_note_bytes)
    return fail(errc::invalid_argument, "A note has at most 2000 bytes.");
  if (!about.labels) return {};
  std::ranges::sort(*about.labels);
  about.labels->erase(std::ranges::unique(*about.labels).begin(), about.labels->end());
  const bool fine =
      about.labels->size() <= most_labels && std::ranges::all_of(*about.labels, [](const auto& one) {
        return !one.empty() && is_line(one, most_label_bytes) && one.find(',') == std::string::npos;
      });
  if (fine) return {};
  return fail(errc::invalid_argument,
              "A machine has at most 20 labels, each a line of 1 to 64 bytes without a comma.");
}

} // namespace

result<void> agent_store::set_about(const uuid& agent, agent_about about, const std::string& who,
                                    wall_time now) {
  if (auto fine = check(about); !fine) return fine;
  return facts_.write([&](soci::session& session) -> result<void> {
    const std::string id = to_string(agent);
    int known = 0;
    session << "SELECT COUNT(*) FROM agents WHERE id = :id", into(known), use(id, "id");
    if (known == 0) return fail(errc::not_found, "There is no agent " + id + ".");
    std::string detail;
    const auto tell = [&](const std::string& what) { detail += (detail.empty() ? "" : "; ") + what; };
    if (about.display_name) {
      session << "UPDATE agents SET display_name = :name WHERE id = :id", use(*about.display_name, "name"),
          use(id, "id");
      tell("name: " + *about.display_name);
    }
    if (about.note) {
      session << "UPDATE agents SET note = :note WHERE id = :id", use(*about.note, "note"), use(id, "id");
      tell("note: " + wire::valid_utf8(*about.note, 200));
    }
    if (about.labels) {
      session << "DELETE FROM agent_labels WHERE agent = :id", use(id, "id");
      std::string all;
      for (const auto& label : *about.labels) {
        session << "INSERT INTO agent_labels (agent, label) VALUES (:id, :label)", use(id, "id"),
            use(label, "label");
        all += (all.empty() ? "" : ", ") + label;
      }
      tell("labels: " + all);
    }
    if (detail.empty()) return {};
    return audit_log::append(session, {who, "agent described", id, detail}, now);
  });
}

result<void> agent_store::add_token(const digest& token, std::uint32_t uses, wall_time expires,
                                    const std::string& name, const std::string& who, wall_time now) {
  if (!is_line(name, most_name_bytes))
    return fail(errc::invalid_argument, "A token's name is one line of at most 100 bytes.");
  return facts_.write([&](soci::session& session) -> result<void> {
    const std::string key = to_string(token);
    const long long until = to_column(expires);
    const long long at = to_column(now);
    const int left = static_cast<int>(uses);
    session << "INSERT INTO enrolment_tokens (token_digest, uses_left, expires, name, created) VALUES "
               "(:token, :uses, "
               ":expires, :name, :now)",
        use(key, "token"), use(left, "uses"), use(until, "expires"), use(name, "name"), use(at, "now");
    if (who.empty()) return {};
    const std::string detail = name + (name.empty() ? "" : ", ") + std::to_string(uses) + " uses";
    return audit_log::append(session, {who, "enrolment token made", key.substr(0, token_id_digits), detail},
                             now);
  });
}

result<std::vector<enrolment_token>> agent_store::tokens() {
  return facts_.read([&](soci::session& session) -> result<std::vector<enrolment_token>> {
    std::vector<enrolment_token> found;
    enrolment_token one;
    std::string key;
    int left = 0;
    long long created = 0;
    long long expires = 0;
    soci::statement rows = (session.prepare << "SELECT token_digest, name, uses_left, created, expires FROM "
                                               "enrolment_tokens ORDER BY created, token_digest",
                            into(key), into(one.name), into(left), into(created), into(expires));
    rows.execute();
    while (rows.fetch()) {
      one.id = key.substr(0, token_id_digits);
      one.uses_left = static_cast<std::uint32_t>(left);
      one.created = from_column(created);
      one.expires = from_column(expires);
      found.push_back(one);
    }
    return found;
  });
}

result<void> agent_store::revoke_token(const std::string& which, const std::string& who, wall_time now) {
  return facts_.write([&](soci::session& session) -> result<void> {
    std::vector<std::string> keys;
    {
      std::string key;
      soci::statement rows =
          (session.prepare
               << "SELECT token_digest FROM enrolment_tokens WHERE (name = :which AND name <> '') OR "
                  "substr(token_digest, 1, 8) = :which",
           into(key), use(which, "which"));
      rows.execute();
      while (rows.fetch())
        keys.push_back(key);
    }
    if (keys.empty()) return fail(errc::not_found, "There is no enrolment token \"" + which + "\".");
    if (keys.size() > 1)
      return fail(errc::conflict,
                  "There are " + std::to_string(keys.size()) + " enrolment tokens \"" + which +
                      "\". Nothing was changed: name one by its id, as \"token list\" has it.");
    session << "DELETE FROM enrolment_tokens WHERE token_digest = :key", use(keys.front(), "key");
    return audit_log::append(
        session, {who, "enrolment token revoked", keys.front().substr(0, token_id_digits), which}, now);
  });
}

} // namespace tier2::cloud
