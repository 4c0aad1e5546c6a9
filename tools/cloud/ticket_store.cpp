#include "tools/cloud/ticket_store.hpp"

#include "tools/cloud/database.hpp"

namespace tier2::cloud {

using soci::into;
using soci::use;

namespace {

using known = ticket_store::known;

result<std::optional<known>> find_in(soci::session& session, const ticket_key& key) {
  const std::string agent = to_string(key.agent);
  const std::string ticket = to_string(key.ticket);
  long long number = 0;
  std::string manifest;
  session << "SELECT number, manifest_digest FROM tickets WHERE agent = :agent AND account = :account AND "
             "ticket = "
             ":ticket",
      into(number), into(manifest), use(agent, "agent"), use(key.account, "account"), use(ticket, "ticket");
  if (!session.got_data()) {
    session << "SELECT number FROM deleted_tickets WHERE agent = :agent AND account = :account AND ticket = "
               ":ticket",
        into(number), use(agent, "agent"), use(key.account, "account"), use(ticket, "ticket");
    return session.got_data() ? std::optional{known{number, {}, true}} : std::nullopt;
  }
  const auto parsed = parse_digest(manifest);
  if (!parsed) return tl::unexpected(parsed.error());
  return std::optional{known{number, *parsed}};
}

void add_parts(soci::session& session, long long number, const std::vector<ticket_part>& parts) {
  int part = 0;
  std::string name;
  std::string media_type;
  long long bytes = 0;
  std::string content;
  soci::statement insert =
      (session.prepare << "INSERT INTO ticket_parts (ticket, part, name, media_type, bytes, content_digest) "
                          "VALUES (:ticket, :part, :name, :media, :bytes, :content)",
       use(number, "ticket"), use(part, "part"), use(name, "name"), use(media_type, "media"),
       use(bytes, "bytes"), use(content, "content"));
  for (const auto& each : parts) {
    part = static_cast<int>(each.part);
    name = each.name;
    media_type = each.media_type;
    bytes = static_cast<long long>(each.bytes);
    content = to_string(each.blake2b);
    insert.execute(true);
  }
}

/// Text for LIKE … ESCAPE '\' that finds exactly these characters anywhere.
std::string contains(const std::string& text) {
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

// Only these constants ever become part of a statement; what people type is bound.
std::string order_clause(const ticket_query& query) {
  const std::string way = query.descending ? " DESC" : " ASC";
  switch (query.by) {
  case ticket_query::order::number:
    return " ORDER BY number" + way;
  case ticket_query::order::host:
    return " ORDER BY lower(host)" + way + ", number DESC";
  case ticket_query::order::name:
    return " ORDER BY lower(name)" + way + ", number DESC";
  case ticket_query::order::urgency:
    return " ORDER BY CASE urgency WHEN 'high' THEN 3 WHEN 'normal' THEN 2 WHEN 'low' THEN 1 ELSE 0 END" +
           way + ", number DESC";
  case ticket_query::order::received:
    break;
  }
  return " ORDER BY received" + way + ", number" + way;
}

constexpr const char* where_clause =
    " WHERE (:any = 1 OR message LIKE :pattern ESCAPE '\\' OR name LIKE :pattern ESCAPE '\\' OR email LIKE "
    ":pattern "
    "ESCAPE '\\' OR origin_user LIKE :pattern ESCAPE '\\' OR host LIKE :pattern ESCAPE '\\' OR CAST(number "
    "AS TEXT) = "
    ":exact) AND (:host = '' OR host = :host) AND (:urgency = '' OR urgency = :urgency) AND (:agent = '' OR "
    "agent = :agent) "
    "AND (:user = '' OR origin_user = :user) AND received >= :since";

} // namespace

result<std::optional<known>> ticket_store::find(const ticket_key& key) {
  return facts_.read([&](soci::session& session) { return find_in(session, key); });
}

result<std::optional<known>> ticket_store::find(const uuid& agent, const uuid& ticket) {
  return facts_.read([&](soci::session& session) -> result<std::optional<known>> {
    const std::string by = to_string(agent);
    const std::string id = to_string(ticket);
    std::string account;
    std::optional<ticket_key> only;
    soci::statement all =
        (session.prepare
             << "SELECT account FROM tickets WHERE agent = :agent AND ticket = :ticket UNION ALL SELECT "
                "account FROM deleted_tickets WHERE agent = :agent AND ticket = :ticket",
         into(account), use(by, "agent"), use(id, "ticket"));
    all.execute();
    while (all.fetch()) {
      if (only) return std::optional<known>{};
      only = ticket_key{agent, account, ticket};
    }
    return only ? find_in(session, *only) : std::optional<known>{};
  });
}

result<std::int64_t> ticket_store::add(const whole_ticket& ticket, wall_time now) {
  return facts_.write([&](soci::session& session) -> result<std::int64_t> {
    const auto before = find_in(session, ticket.key);
    if (!before) return tl::unexpected(before.error());
    if (*before && (*before)->deleted)
      return fail(errc::conflict, "conflict: this ticket was here as number " +
                                      std::to_string((*before)->number) +
                                      " and was deleted since; it is not taken in again");
    if (*before && (*before)->manifest != ticket.consent.manifest)
      return fail(errc::conflict, "conflict: a ticket with this id is stored with other content");
    if (*before) return (*before)->number;
    const std::string agent = to_string(ticket.key.agent);
    const std::string id = to_string(ticket.key.ticket);
    const std::string manifest_digest = to_string(ticket.consent.manifest);
    const std::string mode = ticket.consent.how == ticket_consent::mode::asked ? "asked" : "policy";
    const long long consent_at = to_column(ticket.consent.at);
    const long long opened = to_column(ticket.manifest.opened_at);
    const long long received = to_column(now);
    const int pictures = static_cast<int>(ticket.manifest.steps.size());
    const auto& form = ticket.manifest.form;
    std::string host; // the agent's own name, not what the user's program says
    session << "SELECT hostname FROM agents WHERE id = :agent", into(host), use(agent, "agent");
    session << "INSERT INTO tickets (agent, account, ticket, manifest, manifest_digest, consent_mode, "
               "consent_at, "
               "origin_user, origin_session, opened, received, host, name, email, message, urgency, "
               "pictures) VALUES "
               "(:agent, :account, :ticket, :manifest, :manifest_digest, :mode, :consent_at, :origin_user, "
               ":origin_session, :opened, :received, :host, :name, :email, :message, :urgency, :pictures)",
        use(agent, "agent"), use(ticket.key.account, "account"), use(id, "ticket"),
        use(ticket.manifest_bytes, "manifest"), use(manifest_digest, "manifest_digest"), use(mode, "mode"),
        use(consent_at, "consent_at"), use(ticket.origin.user, "origin_user"),
        use(ticket.origin.session, "origin_session"), use(opened, "opened"), use(received, "received"),
        use(host, "host"), use(form.name, "name"), use(form.email, "email"), use(form.message, "message"),
        use(form.urgency, "urgency"), use(pictures, "pictures");
    const auto added = find_in(session, ticket.key);
    if (!added || !*added)
      return fail(errc::io_failed, "The database lost the ticket that it had just taken.");
    add_parts(session, (*added)->number, ticket.manifest.parts);
    return (*added)->number;
  });
}

result<std::uint64_t> ticket_store::count_since(const uuid& agent, wall_time since) {
  return facts_.read([&](soci::session& session) -> result<std::uint64_t> {
    const std::string by = to_string(agent);
    const long long from = to_column(since);
    long long count = 0;
    session << "SELECT (SELECT COUNT(*) FROM tickets WHERE agent = :agent AND received > :since) + (SELECT "
               "COUNT(*) "
               "FROM deleted_tickets WHERE agent = :agent AND received > :since)",
        into(count), use(by, "agent"), use(from, "since");
    return static_cast<std::uint64_t>(count);
  });
}

result<bool> ticket_store::has_content(const digest& name) {
  return facts_.read([&](soci::session& session) -> result<bool> {
    const std::string content = to_string(name);
    int count = 0;
    session << "SELECT COUNT(*) FROM ticket_parts WHERE content_digest = :content", into(count),
        use(content, "content");
    return count != 0;
  });
}

result<ticket_list> ticket_store::list(const ticket_query& query) {
  return facts_.read([&](soci::session& session) -> result<ticket_list> {
    ticket_list list;
    const int any = query.text.empty() ? 1 : 0;
    const std::string pattern = contains(query.text);
    const std::string exact = query.text.starts_with('#') ? query.text.substr(1) : query.text;
    const long long since = to_column(query.since);
    long long total = 0;
    long long all = 0;
    session << "SELECT COUNT(*) FROM tickets", into(all);
    session << std::string{"SELECT COUNT(*) FROM tickets"} + where_clause, into(total), use(any, "any"),
        use(pattern, "pattern"), use(exact, "exact"), use(query.host, "host"), use(query.urgency, "urgency"),
        use(query.agent, "agent"), use(query.user, "user"), use(since, "since");
    list.total = static_cast<std::uint64_t>(total);
    list.all = static_cast<std::uint64_t>(all);

    ticket_row row;
    long long number = 0;
    long long opened = 0;
    long long received = 0;
    int pictures = 0;
    const int limit = static_cast<int>(query.limit);
    const int offset = static_cast<int>(query.offset);
    soci::statement rows =
        (session.prepare << std::string{"SELECT number, substr(message, 1, 300), urgency, name, email, host, "
                                        "origin_user, opened, received, pictures FROM tickets"} +
                                where_clause + order_clause(query) + " LIMIT :limit OFFSET :offset",
         into(number), into(row.message), into(row.urgency), into(row.name), into(row.email), into(row.host),
         into(row.user), into(opened), into(received), into(pictures), use(any, "any"),
         use(pattern, "pattern"), use(exact, "exact"), use(query.host, "host"), use(query.urgency, "urgency"),
         use(query.agent, "agent"), use(query.user, "user"), use(since, "since"), use(limit, "limit"),
         use(offset, "offset"));
    rows.execute();
    while (rows.fetch()) {
      row.number = number;
      row.opened = from_column(opened);
      row.received = from_column(received);
      row.pictures = static_cast<std::uint32_t>(pictures);
      list.rows.push_back(row);
    }
    return list;
  });
}

result<stored_ticket> ticket_store::get(std::int64_t number) {
  return facts_.read([&](soci::session& session) -> result<stored_ticket> {
    stored_ticket found;
    const long long wanted = number;
    std::string manifest_digest;
    std::string mode;
    std::string agent;
    long long consent_at = 0;
    long long received = 0;
    session
        << "SELECT t.manifest, t.manifest_digest, t.consent_mode, t.consent_at, t.account, t.origin_user, "
           "t.origin_session, t.agent, t.host, a.display_name, a.os, a.version, t.received FROM tickets t "
           "JOIN "
           "agents a ON "
           "a.id = "
           "t.agent "
           "WHERE t.number = :number",
        into(found.manifest_bytes), into(manifest_digest), into(mode), into(consent_at),
        into(found.origin.account), into(found.origin.user), into(found.origin.session), into(agent),
        into(found.host), into(found.display_name), into(found.agent_os), into(found.agent_version),
        into(received), use(wanted, "number");
    if (!session.got_data())
      return fail(errc::not_found, "There is no ticket " + std::to_string(number) + ".");
    const auto digest = parse_digest(manifest_digest);
    const auto id = parse_uuid(agent);
    if (!digest || !id) return fail(errc::malformed, "The stored ticket is damaged.");
    found.number = number;
    found.consent.how = mode == "asked" ? ticket_consent::mode::asked : ticket_consent::mode::policy;
    found.consent.at = from_column(consent_at);
    found.consent.manifest = *digest;
    found.agent = *id;
    found.received = from_column(received);
    return found;
  });
}

result<ticket_part> ticket_store::part(std::int64_t number, std::uint32_t part) {
  return facts_.read([&](soci::session& session) -> result<ticket_part> {
    ticket_part found;
    const long long ticket = number;
    const long long wanted = part;
    long long bytes = 0;
    std::string content;
    session << "SELECT name, media_type, bytes, content_digest FROM ticket_parts WHERE ticket = :ticket AND "
               "part = "
               ":part",
        into(found.name), into(found.media_type), into(bytes), into(content), use(ticket, "ticket"),
        use(wanted, "part");
    if (!session.got_data()) return fail(errc::not_found, "There is no such part of this ticket.");
    const auto digest = parse_digest(content);
    if (!digest) return fail(errc::malformed, "The stored ticket is damaged.");
    found.part = part;
    found.bytes = static_cast<std::uint64_t>(bytes);
    found.blake2b = *digest;
    return found;
  });
}

result<std::optional<deleted_ticket>> ticket_store::deleted(std::int64_t number) {
  return facts_.read([&](soci::session& session) -> result<std::optional<deleted_ticket>> {
    const long long wanted = number;
    long long at = 0;
    deleted_ticket found{number, {}, {}, 0};
    int days = 0;
    session << "SELECT deleted, deleted_by, after_days FROM deleted_tickets WHERE number = :number", into(at),
        into(found.by), into(days), use(wanted, "number");
    if (!session.got_data()) return std::optional<deleted_ticket>{};
    found.deleted = from_column(at);
    found.after_days = static_cast<std::uint32_t>(days);
    return std::optional{found};
  });
}

} // namespace tier2::cloud
