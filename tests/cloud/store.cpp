#include "tests/cloud/desk.hpp"
#include "tools/cloud/migrations.hpp"

#include <sys/stat.h>

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;

namespace {

whole_ticket whole(const desk& on, const made_ticket& made) {
  return {{on.agent, made.begin.origin.account, made.begin.ticket},
          made.begin.manifest,
          made.manifest,
          made.begin.consent,
          made.begin.origin};
}

} // namespace

TEST_CASE("a new database has this program's schema and is for its owner only") {
  const desk on;
  const auto version = must(on.facts->read([](soci::session& session) -> result<int> {
    int found = 0;
    session << "SELECT MAX(version) FROM schema_version", soci::into(found);
    return found;
  }));
  CHECK(version == schema_version());
  struct stat about{};
  REQUIRE(::stat((on.directory + "/tier2.db").c_str(), &about) == 0);
  CHECK((about.st_mode & 0777U) == 0600U);
}

TEST_CASE("a database of the first version is brought to this one, with what is in it") {
  desk on;
  must(on.facts->write([](soci::session& session) -> result<void> {
    for (const char* statement : {"DROP TABLE deleted_tickets",
                                  "DROP TABLE leaving_content",
                                  "DROP TABLE ticket_retention",
                                  "DROP TABLE notifications",
                                  "DROP TABLE notify_receivers",
                                  "DROP TABLE agent_labels",
                                  "DROP INDEX agents_hardware",
                                  "DROP INDEX agents_suspicion",
                                  "ALTER TABLE agents DROP COLUMN display_name",
                                  "ALTER TABLE agents DROP COLUMN note",
                                  "ALTER TABLE agents DROP COLUMN replaces",
                                  "ALTER TABLE agents DROP COLUMN board_digest",
                                  "ALTER TABLE agents DROP COLUMN disk_digest",
                                  "ALTER TABLE agents DROP COLUMN boots",
                                  "ALTER TABLE agents DROP COLUMN suspicion",
                                  "ALTER TABLE agents DROP COLUMN suspected",
                                  "ALTER TABLE enrolment_tokens DROP COLUMN name",
                                  "ALTER TABLE enrolment_tokens DROP COLUMN created",
                                  "DROP TABLE audit",
                                  "DROP TABLE alerts",
                                  "DROP TABLE api_tokens",
                                  "DROP TABLE command_events",
                                  "DROP TABLE deliveries",
                                  "DROP TABLE commands",
                                  "DROP TABLE agent_groups",
                                  "DROP INDEX agents_state",
                                  "DROP INDEX tickets_agent",
                                  "DROP INDEX ticket_parts_content",
                                  "ALTER TABLE agents DROP COLUMN capabilities",
                                  "ALTER TABLE agents DROP COLUMN groups_known",
                                  "DELETE FROM schema_version WHERE version > 1"})
      session << statement;
    return {};
  }));
  on.open();
  agent_store agents{*on.facts};
  CHECK(must(agents.get(on.agent)).hostname == "pc-17");
  must(agents.set_state(on.agent, agent_state::revoked, "olga", noon));
  CHECK(must(agents.revoked()) == std::set<uuid>{on.agent});
}

TEST_CASE("a database that is opened again has what was put into it") {
  desk on;
  on.open();
  const auto found = must(agent_store{*on.facts}.find(on.agent));
  REQUIRE(found);
  CHECK(found->state == agent_state::approved);
  CHECK(found->key_digest == blake2b_256("key"));
}

TEST_CASE("a database of a newer program is refused with a sentence and left alone") {
  desk on;
  must(on.facts->write([](soci::session& session) -> result<void> {
    session << "INSERT INTO schema_version (version) VALUES (99)";
    return {};
  }));
  on.facts.reset();
  const auto refused = database::open(on.directory + "/tier2.db");
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::unsupported);
  CHECK(refused.error().what.find("newer tier2-cloud") != std::string::npos);
}

TEST_CASE("a database that others may read is refused with the command that mends it") {
  desk on;
  on.facts.reset();
  std::filesystem::permissions(on.directory + "/tier2.db", std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  const auto refused = database::open(on.directory + "/tier2.db");
  REQUIRE(!refused);
  CHECK(refused.error().what.find("chmod 600") != std::string::npos);
}

TEST_CASE("a migration that fails leaves no half of itself") {
  desk on;
  const auto failed = on.facts->write([](soci::session& session) -> result<void> {
    session << "CREATE TABLE half (x INTEGER)";
    session << "this is no SQL";
    return {};
  });
  CHECK(!failed);
  const auto tables = must(on.facts->read([](soci::session& session) -> result<int> {
    int count = 0;
    session << "SELECT COUNT(*) FROM sqlite_master WHERE name = 'half'", soci::into(count);
    return count;
  }));
  CHECK(tables == 0);
}

TEST_CASE("foreign keys hold: no ticket of an unknown agent") {
  const desk on;
  auto ticket = whole(on, make_ticket(1));
  ticket.key.agent = id(77);
  CHECK(!ticket_store{*on.facts}.add(ticket, noon));
  CHECK(must(ticket_store{*on.facts}.list({})).all == 0);
}

TEST_CASE("a stored ticket comes back byte for byte") {
  const desk on;
  ticket_store tickets{*on.facts};
  auto made = make_ticket(1);
  made.manifest.host = "another";
  made.manifest.form.message = "Robert'); DROP TABLE tickets;-- äöü 日本 \xF0\x9F\x98\x80";
  made.begin.manifest = wire::encode(made.manifest);
  made.begin.consent.manifest = blake2b_256(made.begin.manifest);
  const auto number = must(tickets.add(whole(on, made), noon + 5s));
  const auto back = must(tickets.get(number));
  CHECK(back.host == "pc-17"); // the agent's own word, whatever the manifest says
  CHECK(must(tickets.list({})).rows[0].host == "pc-17");
  CHECK(back.manifest_bytes == made.begin.manifest);
  CHECK(back.consent == made.begin.consent);
  CHECK(back.origin == made.begin.origin);
  CHECK(back.agent == on.agent);
  CHECK(back.received == noon + 5s);
  const auto part = must(tickets.part(number, 1));
  CHECK(part == made.manifest.parts[1]);
  CHECK(tickets.part(number, 2).error().code == errc::not_found);
  CHECK(tickets.get(number + 1).error().code == errc::not_found);
}

TEST_CASE("the same ticket again keeps its number, other content is a conflict, another account is another "
          "ticket") {
  const desk on;
  ticket_store tickets{*on.facts};
  const auto first = make_ticket(1);
  const auto number = must(tickets.add(whole(on, first), noon));
  CHECK(must(tickets.add(whole(on, first), noon)) == number);
  const auto other = tickets.add(whole(on, make_ticket(1, {"another"})), noon);
  REQUIRE(!other);
  CHECK(other.error().code == errc::conflict);
  auto anothers = whole(on, first);
  anothers.key.account = "1001";
  CHECK(must(tickets.add(anothers, noon)) != number);
  CHECK_FALSE(must(tickets.find(on.agent, id(1)))); // two accounts: it would be a guess
}

TEST_CASE("the list is found by words, number, machine and urgency, and sorted as asked") {
  const desk on;
  ticket_store tickets{*on.facts};
  const auto put = [&](std::uint8_t number, const char* message, const char* host, const char* urgency) {
    auto made = make_ticket(number);
    made.manifest.form.message = message;
    made.manifest.form.urgency = urgency;
    made.manifest.host = "what the user's program says";
    made.begin.manifest = wire::encode(made.manifest);
    made.begin.consent.manifest = blake2b_256(made.begin.manifest);
    auto about = desk::about(std::string{host});
    about.hostname = host;
    auto ticket = whole(on, made);
    ticket.key.agent = id(std::string_view{host} == "pc-17" ? 210 : 211);
    must(agent_store{*on.facts}.enrol(blake2b_256("token"), ticket.key.agent, about, noon));
    return must(tickets.add(ticket, noon + std::chrono::minutes{number}));
  };
  const auto printer = put(1, "The printer is 100% broken", "pc-17", "high");
  const auto mail = put(2, "No mail since noon", "PC-3", "low");
  const auto screen = put(3, "printer_queue full", "pc-17", "");

  const auto numbers = [&](const ticket_query& query) {
    std::vector<std::int64_t> found;
    for (const auto& row : must(tickets.list(query)).rows)
      found.push_back(row.number);
    return found;
  };
  using list = std::vector<std::int64_t>;
  ticket_query query;
  CHECK(numbers(query) == list{screen, mail, printer});
  query.descending = false;
  CHECK(numbers(query) == list{printer, mail, screen});
  query.text = "PRINTER";
  CHECK(numbers(query) == list{printer, screen});
  query.text = "100%";
  CHECK(numbers(query) == list{printer});
  query.text = "r_q";
  CHECK(numbers(query) == list{screen});
  query.text = "#" + std::to_string(mail);
  CHECK(numbers(query) == list{mail});
  query.text.clear();
  query.host = "pc-17";
  CHECK(numbers(query) == list{printer, screen});
  query.urgency = "high";
  CHECK(numbers(query) == list{printer});
  query = {};
  query.by = ticket_query::order::urgency;
  CHECK(numbers(query) == list{printer, mail, screen});
  query.by = ticket_query::order::host;
  query.descending = false;
  CHECK(numbers(query) == list{screen, printer, mail});
  query = {};
  query.limit = 1;
  query.offset = 1;
  CHECK(numbers(query) == list{mail});
  CHECK(must(tickets.list(query)).total == 3);
}
