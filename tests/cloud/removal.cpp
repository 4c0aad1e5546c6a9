// Deleting tickets: nothing of them is left in any file, what others share stays, and nothing brings them
// back.
#include "tests/cloud/commanding.hpp"
#include "tools/cloud/audit_log.hpp"
#include "tools/cloud/ticket_removal.hpp"
#include "tools/cloud/ticket_retention.hpp"

#include <fstream>
#include <soci/soci.h>

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;
using tier2::test::eventually;

namespace {

/// Whether any file below the directory has these bytes.
bool is_somewhere(const std::string& directory, const std::string& bytes) {
  for (const auto& each : std::filesystem::recursive_directory_iterator{directory}) {
    if (!each.is_regular_file()) continue;
    std::ifstream file{each.path(), std::ios::binary};
    const std::string all{std::istreambuf_iterator<char>{file}, {}};
    if (all.find(bytes) != std::string::npos) return true;
  }
  return false;
}

std::string text_of(std::uint8_t number) {
  return "the words of number " + std::to_string(number) + " and no other";
}
std::string picture_of(std::uint8_t number) {
  return "pixels of number " + std::to_string(number) + " and no other";
}

/// A ticket whose texts are of a length of its own: short ones stand in a page with others, long ones have
/// pages.
made_ticket telling_ticket(std::uint8_t number) {
  auto made = make_ticket(number, {picture_of(number), "a file that all tickets have"});
  std::string filler;
  for (std::size_t i = 0; i < (number * 7919U) % 9000U; ++i)
    filler += static_cast<char>('a' + (i * number) % 26);
  made.manifest.form.message = text_of(number) + filler + text_of(number);
  made.manifest.steps.at(0).window = text_of(number);
  made.begin.manifest = wire::encode(made.manifest);
  made.begin.consent.manifest = blake2b_256(made.begin.manifest);
  return made;
}

struct removing_desk : intake_desk {
  ticket_removal removal{*facts, must(content_store::open(directory))};
  ticket_retention retention{*facts};

  std::int64_t take(const made_ticket& ticket) {
    const auto answer = whole(ticket);
    REQUIRE(answer.error == "");
    return std::stoll(answer.number);
  }
  void label(const std::string& text) {
    must(agent_store{*facts}.set_about(agent, {{}, {}, std::vector<std::string>{text}}, "olga", now));
  }
};

} // namespace

TEST_CASE("what is deleted is in no file of the server any more, and all else still is") {
  removing_desk on;
  on.limits.tickets_per_day = 1000;
  on.restart();
  constexpr std::uint8_t count = 60;
  std::map<std::uint8_t, std::int64_t> numbers;
  for (std::uint8_t i = 1; i <= count; ++i)
    numbers[i] = on.take(telling_ticket(i));
  for (std::uint8_t i = 1; i <= count; ++i) { // the search finds what is there
    INFO(int{i});
    REQUIRE(is_somewhere(on.directory, text_of(i)));
    REQUIRE(is_somewhere(on.directory, picture_of(i)));
  }
  for (std::uint8_t i = 1; i <= count; i += 2)
    CHECK(must(on.removal.remove(numbers[i], "olga", on.now)).by == "olga");
  for (std::uint8_t i = 1; i <= count; ++i) {
    INFO(int{i});
    CHECK(is_somewhere(on.directory, text_of(i)) == (i % 2 == 0));
    CHECK(is_somewhere(on.directory, picture_of(i)) == (i % 2 == 0));
  }
  for (std::uint8_t i = 2; i <= count; i += 2)
    must(on.removal.remove(numbers[i], "olga", on.now));
  CHECK(on.files_in("content") == 0);
  for (std::uint8_t i = 1; i <= count; ++i)
    CHECK_FALSE(is_somewhere(on.directory, text_of(i)));
  CHECK_FALSE(is_somewhere(on.directory, "Anna Example"));
  CHECK_FALSE(is_somewhere(on.directory, "a file that all tickets have"));
}

TEST_CASE("content that two tickets have stays until the last of them goes") {
  removing_desk on;
  const auto first = on.take(make_ticket(1, {"shared", "of the first"}));
  const auto second = on.take(make_ticket(2, {"shared", "of the second"}));
  CHECK(on.files_in("content") == 3);
  must(on.removal.remove(first, "olga", on.now));
  CHECK(on.files_in("content") == 2);
  CHECK(must(on.tickets.part(second, 0)).bytes == 6);
  CHECK(is_somewhere(on.directory + "/content", "shared"));
  must(on.removal.remove(second, "olga", on.now));
  CHECK(on.files_in("content") == 0);
}

TEST_CASE("a ticket that is sent again after its end stays deleted, and its number is nobody else's") {
  removing_desk on;
  const auto ticket = make_ticket(1);
  const auto number = on.take(ticket);
  must(on.removal.remove(number, "olga", on.now));
  const auto again = on.begin(ticket);
  CHECK(again.number == std::to_string(number)); // whoever missed the answer has it now
  CHECK(again.error == "");
  CHECK(on.intake->open_uploads() == 0);
  const auto ended = on.intake->end(on.agent, {ticket.begin.ticket, ticket.begin.consent.manifest});
  REQUIRE(ended.answer);
  CHECK(ended.answer->number == std::to_string(number));
  const auto stored = on.tickets.add({{on.agent, "1000", ticket.begin.ticket},
                                      ticket.begin.manifest,
                                      ticket.manifest,
                                      ticket.begin.consent,
                                      {"1000", "anna", "1"}},
                                     on.now);
  REQUIRE_FALSE(stored);
  CHECK(stored.error().code == errc::conflict);
  CHECK(on.tickets.get(number).error().code == errc::not_found);
  CHECK(on.take(make_ticket(2)) > number);
  CHECK(on.removal.remove(999, "olga", on.now).error().code == errc::not_found);
}

TEST_CASE("who deleted it and when is kept; deleting it again changes nothing") {
  removing_desk on;
  const auto number = on.take(make_ticket(1));
  must(on.removal.remove(number, "olga", on.now));
  const auto again = must(on.removal.remove(number, "otto", on.now + 1h));
  CHECK(again.by == "olga");
  CHECK(again.deleted == on.now);
  CHECK(again.after_days == 0);
  const auto newest = must(audit_log{*on.facts}.list(1, 0)).at(0);
  CHECK(newest.what.who == "olga");
  CHECK(newest.what.event == "ticket deleted");
  CHECK(newest.what.subject == std::to_string(number));
}

TEST_CASE("tickets go when their days are over, those of labelled machines after theirs") {
  removing_desk on;
  CHECK(must(on.retention.get()).all == 90);
  const auto number = on.take(make_ticket(1));
  CHECK(must(on.retention.kept_until(number)) == on.now + 90 * 24h);
  CHECK(must(on.removal.sweep(on.now + 90 * 24h - 1s, 100)) == 0);

  on.label("front");
  // What a rule would delete is known before it is one.
  const auto in_a_month = on.now + 30 * 24h;
  CHECK(must(on.retention.deletes("front", 30, in_a_month)) == 1);
  CHECK(must(on.retention.deletes("front", 31, in_a_month)) == 0);
  CHECK(must(on.retention.deletes("front", 0, in_a_month)) == 0);
  CHECK(must(on.retention.deletes("back", 1, in_a_month)) == 0);
  CHECK(must(on.retention.deletes("", 30, in_a_month)) == 1);
  CHECK(must(on.retention.deletes("", 31, in_a_month)) == 0);
  must(on.retention.set("front", 30, "olga", on.now));
  CHECK(must(on.retention.kept_until(number)) == on.now + 30 * 24h);
  CHECK(must(on.retention.deletes("", 1, in_a_month)) == 0); // its label counts, whatever the rule for all
  CHECK(must(on.retention.deletes("front", 30, in_a_month)) == 0); // it is deleted as it is
  CHECK(must(on.retention.deletes("front", 29, in_a_month - 24h)) == 1);
  CHECK(must(on.retention.deletes("front", 40, in_a_month)) == 0);
  CHECK(must(on.removal.sweep(on.now + 30 * 24h, 100)) == 1);
  const auto gone = must(on.tickets.deleted(number));
  REQUIRE(gone);
  CHECK(gone->after_days == 30);
  CHECK(gone->by == "retention");

  const auto second = on.take(make_ticket(2));
  must(agent_store{*on.facts}.set_about(on.agent, {{}, {}, std::vector<std::string>{"front", "legal"}},
                                        "olga", on.now));
  must(on.retention.set("legal", 400, "olga", on.now));
  CHECK(must(on.retention.kept_until(second)) == on.now + 400 * 24h); // of several the longest
  // Of which without that rule only the shorter one is left.
  CHECK(must(on.retention.deletes("legal", {}, on.now + 30 * 24h)) == 1);
  CHECK(must(on.retention.deletes("legal", {}, on.now + 29 * 24h)) == 0);
  CHECK(must(on.retention.deletes("front", {}, on.now + 399 * 24h)) == 0);
  must(on.retention.set("legal", 0, "olga", on.now));
  CHECK_FALSE(must(on.retention.kept_until(second)));
  CHECK(must(on.removal.sweep(on.now + 5000 * 24h, 100)) == 0);
  must(on.retention.clear("legal", "olga", on.now));
  must(on.retention.clear("front", "olga", on.now));
  must(on.retention.set("", 0, "olga", on.now));
  CHECK(must(on.removal.sweep(on.now + 5000 * 24h, 100)) == 0);
}

TEST_CASE("a sweep takes the oldest first and no more than it may") {
  removing_desk on;
  for (std::uint8_t i = 1; i <= 5; ++i) {
    on.take(make_ticket(i));
    on.now += 1h;
  }
  const auto later = on.now + 200 * 24h;
  CHECK(must(on.removal.sweep(later, 2)) == 2);
  CHECK(must(on.tickets.deleted(1)));
  CHECK(must(on.tickets.deleted(2)));
  CHECK_FALSE(must(on.tickets.deleted(3)));
  CHECK(must(on.removal.sweep(later, 100)) == 3);
}

TEST_CASE("retention takes no label that no machine can have, and no more than ten years") {
  removing_desk on;
  for (const auto& label : {std::string{"a,b"}, std::string(65, 'x'), std::string{"a\nb"}}) {
    CHECK(on.retention.set(label, 1, "olga", on.now).error().code == errc::invalid_argument);
    CHECK(on.retention.deletes(label, 1, on.now).error().code == errc::invalid_argument);
  }
  CHECK(on.retention.set("", 3651, "olga", on.now).error().code == errc::invalid_argument);
  must(on.retention.set("", 3650, "olga", on.now));
  CHECK(on.retention.clear("", "olga", on.now).error().code == errc::not_found);
  CHECK(on.retention.clear("front", "olga", on.now).error().code == errc::not_found);
}

TEST_CASE("a database that has tickets keeps them for ever until somebody says otherwise") {
  removing_desk on;
  on.take(make_ticket(1));
  must(on.facts->write([](soci::session& session) -> result<void> {
    session << "DROP TABLE ticket_retention";
    session << "DROP TABLE deleted_tickets";
    session << "DROP TABLE leaving_content";
    session << "DELETE FROM schema_version WHERE version >= 7";
    return {};
  }));
  const auto facts = must(database::open(on.directory + "/tier2.db"));
  CHECK(must(ticket_retention{*facts}.get()).all == 0);
}

TEST_CASE("content that could not be removed is removed later") {
  removing_desk on;
  const auto number = on.take(make_ticket(1, {"stubborn", "{}"}));
  const auto file = must(content_store::open(on.directory)).path(blake2b_256("stubborn"));
  std::filesystem::remove(file);
  std::filesystem::create_directory(file); // which unlink refuses
  CHECK(must(on.removal.remove(number, "olga", on.now)).number == number);
  CHECK_FALSE(on.removal.finish());
  std::filesystem::remove(file);
  std::ofstream{file} << "stubborn";
  must(on.removal.finish());
  CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("deleted tickets count among those of a day") {
  removing_desk on;
  on.limits.tickets_per_day = 2;
  on.restart();
  must(on.removal.remove(std::stoll(on.whole(make_ticket(1)).number), "olga", on.now));
  must(on.removal.remove(std::stoll(on.whole(make_ticket(2)).number), "olga", on.now));
  CHECK(on.begin(make_ticket(3)).error.starts_with("unavailable"));
}

TEST_CASE("over REST a ticket is deleted by who may, is gone for all, and is in the audit") {
  commanding on;
  const std::string reading(43, 'r');
  const std::string writing(43, 'w');
  on.add_token("reading", reading, {"tickets:read"});
  on.add_token("writing", writing, {"tickets:write"});
  const auto agent = on.agent();
  const auto ticket = make_ticket(1);
  const auto number = agent->submit(ticket.begin, ticket.parts)->number;
  const std::string path = "/api/v1/tickets/" + number;
  program reader{on, reading};
  program writer{on, writing};
  const auto bytes = reader.get(path + "/manifest");
  REQUIRE(bytes);
  CHECK(bytes->body == ticket.begin.manifest);
  CHECK(bytes->get_header_value("Content-Type") == "application/octet-stream");

  reader.headers.emplace("Content-Type", "application/json");
  writer.headers.emplace("Content-Type", "application/json");
  CHECK(reader.http.Delete(path.c_str(), reader.headers)->status == 403);
  CHECK(writer.get(path)->status == 403);
  const auto removed = writer.http.Delete(path.c_str(), writer.headers);
  REQUIRE(removed);
  CHECK(removed->status == 200);
  CHECK(json::parse(removed->body)["by"] == "token:writing");
  for (const char* below : {"", "/manifest", "/parts/0"}) {
    const auto gone = reader.get(path + below);
    CHECK(gone->status == 410);
    CHECK(json::parse(gone->body)["deleted"]["by"] == "token:writing");
  }
  CHECK(reader.get("/api/v1/tickets/999")->status == 404);
  CHECK(writer.http.Delete("/api/v1/tickets/999", writer.headers)->status == 404);
  CHECK(reader.read("/api/v1/tickets")["tickets"].empty());
  CHECK(on.integrator().read("/api/v1/audit")["items"][0]["event"] == "ticket deleted");
  CHECK(on.agent()->submit(ticket.begin, ticket.parts)->number == number);
  CHECK(reader.get(path)->status == 410);
}

TEST_CASE("the running server deletes by itself what is over") {
  commanding on;
  const auto ticket = make_ticket(1);
  const auto number = on.agent()->submit(ticket.begin, ticket.parts)->number;
  auto reader = on.integrator();
  CHECK(reader.get("/api/v1/tickets/" + number)->status == 200);
  *on.ahead_s += std::int64_t{91} * 86400;
  CHECK(eventually([&] { return reader.get("/api/v1/tickets/" + number)->status == 410; }));
  CHECK(json::parse(reader.get("/api/v1/tickets/" + number)->body)["deleted"]["after_days"] == 90);
}

TEST_CASE("a list is narrowed to an agent, a user and a time") {
  commanding on;
  const auto first = make_ticket(1);
  auto second = make_ticket(2);
  second.begin.origin.user = "otto";
  on.agent()->submit(first.begin, first.parts);
  on.agent()->submit(second.begin, second.parts);
  auto reader = on.integrator();
  const auto count = [&](const std::string& query) {
    return reader.read("/api/v1/tickets?" + query)["tickets"].size();
  };
  CHECK(count("agent=" + to_string(id(7))) == 2);
  CHECK(count("agent=" + to_string(id(8))) == 0);
  CHECK(count("user=otto") == 1);
  CHECK(count("user=ott") == 0);
  CHECK(count("since=2026-01-01T00:00:00Z") == 2);
  CHECK(count("since=2126-01-01T00:00:00Z") == 0);
  for (const char* wrong : {"since=yesterday", "since=", "agent=0123456789012345678901234567890123456"})
    CHECK(reader.get("/api/v1/tickets?" + std::string{wrong})->status == 400);
}
