#include "tools/cloud/agent_store.hpp"
#include "tools/cloud/database.hpp"
#include "tools/cloud/like_pattern.hpp"

#include <sstream>

namespace tier2::cloud {

using soci::into;
using soci::use;

namespace {

struct agent_columns {
  std::string id, hostname, os, arch, version, state, capabilities, display_name, note, replaces, suspicion;
  long long first_seen{}, last_seen{}, suspected{};

  agent_row take() const {
    agent_row row;
    row.id = parse_uuid(id).value_or(uuid{});
    row.hostname = hostname;
    row.os = os;
    row.arch = arch;
    row.version = version;
    row.state = parse_agent_state(state);
    row.first_seen = from_column(first_seen);
    row.last_seen = from_column(last_seen);
    std::istringstream lines{capabilities};
    for (std::string line; std::getline(lines, line);)
      row.capabilities.push_back(line);
    row.display_name = display_name;
    row.note = note;
    row.replaces = parse_uuid(replaces).value_or(uuid{});
    row.suspicion = suspicion;
    row.suspected = from_column(suspected);
    return row;
  }
  void bind(soci::statement& rows) {
    for (auto* text : {&id, &hostname, &os, &arch, &version, &state, &capabilities, &display_name, &note,
                       &replaces, &suspicion})
      rows.exchange(into(*text));
    for (auto* number : {&first_seen, &last_seen, &suspected})
      rows.exchange(into(*number));
  }
};

void run(soci::statement& rows, const std::string& text) {
  rows.alloc();
  rows.prepare(text);
  rows.define_and_bind();
  rows.execute();
}

void add_groups(soci::session& session, agent_row& row) {
  const std::string id = to_string(row.id);
  std::string name;
  int confirmed = 0;
  soci::statement rows =
      (session.prepare << "SELECT name, confirmed FROM agent_groups WHERE agent = :id ORDER BY name",
       into(name), into(confirmed), use(id, "id"));
  rows.execute();
  while (rows.fetch())
    (confirmed != 0 ? row.groups : row.claimed).push_back(name);
  soci::statement labels =
      (session.prepare << "SELECT label FROM agent_labels WHERE agent = :id ORDER BY label", into(name),
       use(id, "id"));
  labels.execute();
  while (labels.fetch())
    row.labels.push_back(name);
}

constexpr const char* columns = "SELECT id, hostname, os, arch, version, state, capabilities, display_name, "
                                "note, replaces, suspicion, first_seen, "
                                "last_seen, suspected FROM agents ";

} // namespace

result<agent_list> agent_store::list(const agent_query& query) {
  // A cursor is the last row's id; its host name is looked up, since names may hold anything.
  if (!query.before.empty() && !parse_uuid(query.before))
    return fail(errc::invalid_argument, "before is the \"next\" of the list before, as it was.");
  return facts_.read([&](soci::session& session) -> result<agent_list> {
    agent_list list;
    std::string after;
    const std::string any = query.before.empty() ? "1" : "0";
    if (!query.before.empty())
      session << "SELECT lower(hostname) FROM agents WHERE id = :id", into(after), use(query.before, "id");
    const std::string all = query.text.empty() ? "1" : "0";
    const std::string pattern = like_pattern(query.text);
    {
      agent_columns row;
      soci::statement rows{session};
      row.bind(rows);
      for (const auto& [name, value] :
           std::initializer_list<std::pair<const char*, const std::string&>>{{"any", any},
                                                                             {"after", after},
                                                                             {"before", query.before},
                                                                             {"all", all},
                                                                             {"pattern", pattern},
                                                                             {"grp", query.group},
                                                                             {"label", query.label},
                                                                             {"state", query.state}})
        rows.exchange(use(value, name));
      run(rows,
          std::string{columns} +
              "WHERE (:any = '1' OR lower(hostname) > :after OR (lower(hostname) = :after AND id > :before)) "
              "AND "
              "(:all = '1' OR hostname LIKE :pattern ESCAPE '\\' OR display_name LIKE :pattern ESCAPE '\\' "
              "OR os LIKE "
              ":pattern ESCAPE '\\' OR id LIKE :pattern ESCAPE '\\') AND (:grp = '' OR EXISTS (SELECT 1 FROM "
              "agent_groups g WHERE g.agent = agents.id AND g.name = :grp AND g.confirmed = 1)) AND (:label "
              "= '' OR "
              "EXISTS (SELECT 1 FROM agent_labels l WHERE l.agent = agents.id AND l.label = :label)) AND "
              "(:state = '' "
              "OR state = :state OR (:state = 'suspicious' AND suspicion <> '')) ORDER BY lower(hostname), "
              "id");
      while (list.rows.size() <= query.limit && rows.fetch()) {
        auto one = row.take();
        if (!query.only || query.only->contains(one.id)) list.rows.push_back(std::move(one));
      }
    }
    if (list.rows.size() > query.limit) {
      list.rows.resize(query.limit);
      list.next = to_string(list.rows.back().id);
    }
    for (auto& each : list.rows)
      add_groups(session, each);
    return list;
  });
}

result<agent_row> agent_store::get(const uuid& agent) {
  return facts_.read([&](soci::session& session) -> result<agent_row> {
    agent_columns row;
    const std::string id = to_string(agent);
    soci::statement rows{session};
    row.bind(rows);
    rows.exchange(use(id, "id"));
    run(rows, std::string{columns} + "WHERE id = :id");
    if (!rows.fetch()) return fail(errc::not_found, "There is no agent " + id + ".");
    auto one = row.take();
    add_groups(session, one);
    return one;
  });
}

result<std::set<uuid>> agent_store::revoked() {
  return facts_.read([&](soci::session& session) -> result<std::set<uuid>> {
    std::set<uuid> found;
    std::string id;
    soci::statement rows = (session.prepare << "SELECT id FROM agents WHERE state = 'revoked'", into(id));
    rows.execute();
    while (rows.fetch())
      if (const auto parsed = parse_uuid(id)) found.insert(*parsed);
    return found;
  });
}

} // namespace tier2::cloud
