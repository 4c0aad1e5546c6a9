#include "tests/cloud/desk.hpp"

#include <fstream>

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;

namespace {

std::uint64_t have(const wire::ticket_state& state, std::uint32_t part) {
  for (const auto& each : state.have)
    if (each.part == part) return each.bytes;
  return 0;
}

bool refused(const wire::ticket_state& state, std::string_view code) {
  INFO(state.error);
  return state.error.starts_with(std::string{code} + ": ") && state.number.empty();
}

} // namespace

TEST_CASE("a ticket that comes whole gets a number and an address, and its bytes are kept") {
  intake_desk on;
  const auto ticket = make_ticket(1);
  CHECK(on.begin(ticket).have.empty());
  const auto state = on.send(ticket, 0, 0, ticket.parts[0]);
  REQUIRE(state);
  CHECK(have(*state, 0) == ticket.parts[0].size());
  on.send(ticket, 1, 0, ticket.parts[1]);
  const auto done = on.end(ticket);
  CHECK(done.error.empty());
  CHECK(done.number == "1");
  CHECK(done.url == "https://desk.example/tickets/1");
  const auto content = must(content_store::open(on.directory));
  for (const auto& part : ticket.manifest.parts)
    CHECK(must(digest_of_file(content.path(part.blake2b))) == part.blake2b);
  CHECK(on.files_in("incoming") == 0);
  CHECK(on.intake->open_uploads() == 0);
}

TEST_CASE("a ticket without parts, and one with an empty part, are whole too") {
  intake_desk on;
  CHECK(on.whole(make_ticket(1, {})).number == "1");
  CHECK(on.whole(make_ticket(2, {"picture", ""})).number == "2");
}

TEST_CASE("one flipped byte in the manifest is refused, wherever it is") {
  intake_desk on;
  auto ticket = make_ticket(1);
  const std::string whole = ticket.begin.manifest;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    ticket.begin.manifest = whole;
    ticket.begin.manifest[at] = static_cast<char>(ticket.begin.manifest[at] ^ 1);
    REQUIRE(refused(on.begin(ticket), "crypto_failed"));
  }
  CHECK(on.intake->open_uploads() == 0);
}

TEST_CASE("a consent to something else is refused") {
  intake_desk on;
  auto ticket = make_ticket(1);
  ticket.begin.consent.manifest.bytes[31] ^= 1;
  CHECK(refused(on.begin(ticket), "crypto_failed"));
}

TEST_CASE("one flipped byte in a part is refused at the end, and nothing of the ticket is kept") {
  intake_desk on;
  const auto ticket = make_ticket(1);
  on.begin(ticket);
  on.send(ticket, 1, 0, ticket.parts[1]);
  std::string flipped = ticket.parts[0];
  flipped[3] = static_cast<char>(flipped[3] ^ 1);
  on.send(ticket, 0, 0, flipped);
  CHECK(refused(on.end(ticket), "crypto_failed"));
  CHECK(on.files_in("incoming") == 0);
  CHECK(on.files_in("content") == 0);
  CHECK(must(on.tickets.list({})).all == 0);
}

TEST_CASE("a consent that changed between beginning and end is refused") {
  intake_desk on;
  const auto ticket = make_ticket(1);
  on.begin(ticket);
  on.send_all(ticket);
  auto other = ticket.begin.consent.manifest;
  other.bytes[0] ^= 1;
  const auto ending = on.intake->end(on.agent, {ticket.begin.ticket, other});
  REQUIRE(ending.answer);
  CHECK(refused(*ending.answer, "crypto_failed"));
}

TEST_CASE("a manifest of another ticket, a broken one and one without an account are refused") {
  intake_desk on;
  auto ticket = make_ticket(1);
  ticket.begin.ticket = id(9);
  CHECK(refused(on.begin(ticket), "malformed"));
  ticket = make_ticket(1);
  ticket.begin.manifest.pop_back();
  ticket.begin.consent.manifest = blake2b_256(ticket.begin.manifest);
  CHECK(refused(on.begin(ticket), "malformed"));
  ticket = make_ticket(1);
  ticket.begin.origin.account.clear();
  CHECK(refused(on.begin(ticket), "malformed"));
  ticket.begin.origin.account = std::string(256, '1');
  CHECK(refused(on.begin(ticket), "malformed"));
}

TEST_CASE("a gap is not filled with anything: the answer says what is there") {
  intake_desk on;
  const auto ticket = make_ticket(1);
  on.begin(ticket);
  CHECK(have(*on.send(ticket, 0, 0, "first"), 0) == 5);
  CHECK(have(*on.send(ticket, 0, 7, "icture"), 0) == 5);
  CHECK(have(*on.send(ticket, 0, 5, " picture"), 0) == 13);
  on.send(ticket, 1, 0, ticket.parts[1]);
  CHECK(on.end(ticket).number == "1");
}

TEST_CASE("what was sent twice or overlaps is kept once") {
  intake_desk on;
  const auto ticket = make_ticket(1);
  on.begin(ticket);
  on.send(ticket, 0, 0, "first");
  CHECK(have(*on.send(ticket, 0, 0, "first"), 0) == 5);
  CHECK(have(*on.send(ticket, 0, 3, "st picture"), 0) == 13);
  on.send(ticket, 1, 0, ticket.parts[1]);
  CHECK(on.end(ticket).number == "1");
}

TEST_CASE("an end before all is there answers what is missing") {
  intake_desk on;
  const auto ticket = make_ticket(1);
  on.begin(ticket);
  on.send(ticket, 0, 0, "first");
  const auto state = on.end(ticket);
  CHECK(state.error.empty());
  CHECK(state.number.empty());
  CHECK(have(state, 0) == 5);
}

TEST_CASE("the same ticket again has the same number; with other content it is a conflict") {
  intake_desk on;
  const auto ticket = make_ticket(1);
  const auto first = on.whole(ticket);
  CHECK(on.begin(ticket).number == first.number);
  CHECK(on.begin(ticket).url == first.url);
  CHECK(on.end(ticket).number == first.number);
  CHECK(refused(on.begin(make_ticket(1, {"other content"})), "conflict"));
  CHECK(must(on.tickets.list({})).all == 1);
}

TEST_CASE("another content before the end begins from nothing") {
  intake_desk on;
  const auto before = make_ticket(1, {"the first try"});
  on.begin(before);
  on.send(before, 0, 0, "the first");
  const auto after = make_ticket(1, {"the second try"});
  CHECK(on.begin(after).have.empty());
  on.send_all(after);
  CHECK(on.end(after).number == "1");
  CHECK(on.files_in("incoming") == 0);
}

TEST_CASE("an upload goes on where it was after a reconnect and after a restart of the cloud") {
  intake_desk on;
  const auto ticket = make_ticket(1);
  on.begin(ticket);
  on.send(ticket, 0, 0, "first");
  CHECK(have(on.begin(ticket), 0) == 5);
  on.restart();
  CHECK_FALSE(on.send(ticket, 0, 5, " picture")); // not begun in this run
  CHECK(have(on.begin(ticket), 0) == 5);
  on.send(ticket, 0, 5, " picture");
  on.send(ticket, 1, 0, ticket.parts[1]);
  CHECK(on.end(ticket).number == "1");
}

TEST_CASE("a part that a crash damaged is asked for again") {
  intake_desk on;
  const auto ticket = make_ticket(1);
  on.begin(ticket);
  on.send_all(ticket);
  on.restart();
  for (const auto& file : std::filesystem::recursive_directory_iterator{on.directory + "/incoming"})
    if (file.path().filename() == "0") std::ofstream{file.path()} << "zeros instead";
  on.begin(ticket);
  const auto state = on.end(ticket);
  CHECK(state.error.empty());
  CHECK(have(state, 0) == 0);
  CHECK(have(state, 1) == ticket.parts[1].size());
  on.send(ticket, 0, 0, ticket.parts[0]);
  CHECK(on.end(ticket).number == "1");
}

TEST_CASE("bounds: bytes of a ticket, number of parts, length of a part, parts that do not exist") {
  intake_desk on;
  on.limits.ticket_bytes = 20;
  on.limits.ticket_parts = 2;
  on.restart();
  CHECK(on.whole(make_ticket(1, {std::string(19, 'x'), "y"})).number == "1");
  CHECK(refused(on.begin(make_ticket(2, {std::string(20, 'x'), "y"})), "too_large"));
  CHECK(refused(on.begin(make_ticket(3, {"a", "b", "c"})), "too_large"));
  const auto ticket = make_ticket(4, {"abc"});
  on.begin(ticket);
  CHECK(refused(*on.send(ticket, 0, 0, "abcd"), "too_large"));
  on.begin(ticket);
  CHECK(refused(*on.send(ticket, 1, 0, "a"), "malformed"));
  CHECK(on.files_in("incoming") == 0);
}

TEST_CASE("sizes whose sum overflows are too large") {
  intake_desk on;
  auto ticket = make_ticket(1, {"a", "b", "c"});
  for (auto& part : ticket.manifest.parts)
    part.bytes = (1ULL << 53U) - 1;
  ticket.begin.manifest = wire::encode(ticket.manifest);
  ticket.begin.consent.manifest = blake2b_256(ticket.begin.manifest);
  CHECK(refused(on.begin(ticket), "too_large"));
}

namespace {
made_ticket of_account(std::uint8_t number, const char* account) {
  auto ticket = make_ticket(number);
  ticket.begin.origin.account = account;
  return ticket;
}
} // namespace

TEST_CASE("an agent has four uploads open; a fifth takes the place of one that nobody goes on with") {
  intake_desk on;
  for (std::uint8_t i = 1; i <= 4; ++i)
    CHECK(on.begin(of_account(i, i % 2 == 0 ? "1000" : "1001")).error.empty());
  const auto put_off = on.begin(of_account(5, "1002"));
  CHECK(refused(put_off, "unavailable"));
  CHECK(put_off.retry_after_s > 0); // a fault of ours: the ticket is to come again
  on.now += 11min;
  const auto second = of_account(2, "1000");
  on.send(second, 0, 0, "f");
  CHECK(on.begin(of_account(5, "1002")).error.empty());
  CHECK(on.intake->open_uploads() == 4);
  CHECK(on.send(second, 0, 1, "i")); // the one in use was not the one that went
  const uuid other = id(201);
  CHECK(
      on.intake->begin(other, make_ticket(6).begin, on.now).error.empty()); // and it is for each agent alone
}

TEST_CASE("one account has two uploads open, and makes room among its own only") {
  intake_desk on;
  CHECK(on.begin(of_account(9, "1001")).error.empty());
  on.now += 1min;
  CHECK(on.begin(of_account(1, "1000")).error.empty());
  CHECK(on.begin(of_account(2, "1000")).error.empty());
  CHECK(refused(on.begin(of_account(3, "1000")), "unavailable"));
  CHECK(on.begin(of_account(4, "1002")).error.empty());
  on.now += 11min;
  CHECK(on.begin(of_account(3, "1000")).error.empty());
  CHECK(on.intake->open_uploads() == 4);
  CHECK(on.send(of_account(9, "1001"), 0, 0, "f")); // older, but not that account's
}

TEST_CASE("a machine that has sent its tickets of a day is put off, and goes on a day later") {
  intake_desk on;
  on.limits.tickets_per_day = 2;
  on.restart();
  CHECK(on.whole(make_ticket(1)).number == "1");
  CHECK(on.begin(make_ticket(2)).error.empty()); // under way counts too
  const auto put_off = on.begin(make_ticket(3));
  CHECK(refused(put_off, "unavailable"));
  CHECK(put_off.retry_after_s == 3600);
  CHECK(on.whole(make_ticket(1)).number == "1"); // what is stored is answered as ever
  CHECK(on.whole(make_ticket(2)).number == "2");
  CHECK(on.intake->begin(id(201), make_ticket(4).begin, on.now).error.empty());
  on.now += 24h + 1s;
  CHECK(on.whole(make_ticket(3)).number == "3");
}

TEST_CASE("a server that cannot write puts the ticket off, and takes it whole once it can") {
  intake_desk on;
  const auto ticket = make_ticket(1);
  CHECK(on.begin(ticket).error.empty());
  const auto incoming = on.directory + "/incoming";
  std::filesystem::rename(incoming, incoming + ".away");
  std::ofstream{incoming} << "not a directory";
  const auto state = on.send(ticket, 0, 0, ticket.parts[0]);
  REQUIRE(state);
  CHECK_FALSE(state->error.empty());
  CHECK(state->number.empty());
  CHECK(state->retry_after_s > 0);
  std::filesystem::remove(incoming);
  std::filesystem::rename(incoming + ".away", incoming);
  CHECK(on.whole(ticket).number == "1");
}

TEST_CASE("a ticket that is wrong is refused for good") {
  intake_desk on;
  auto ticket = make_ticket(1);
  ticket.begin.consent.manifest = blake2b_256("another");
  const auto state = on.begin(ticket);
  CHECK(refused(state, "crypto_failed"));
  CHECK(state.retry_after_s == 0);
}

TEST_CASE("uploads that were idle for a day are dropped, in memory and on the disk") {
  intake_desk on;
  const auto ticket = make_ticket(1);
  on.begin(ticket);
  on.send(ticket, 0, 0, "first");
  on.intake->expire(on.now + 24h);
  CHECK(on.intake->open_uploads() == 1);
  on.intake->expire(on.now + 24h + 1s);
  CHECK(on.intake->open_uploads() == 0);
  CHECK(on.files_in("incoming") == 0);

  on.begin(ticket);
  on.send(ticket, 0, 0, "first");
  const auto area = must(incoming_area::open(on.directory));
  const auto today = std::chrono::system_clock::now();
  CHECK(area.remove_stale(today - 24h) == 0);
  CHECK(area.remove_stale(today + 1h) == 1);
  CHECK(on.files_in("incoming") == 0);
}

TEST_CASE("one account cannot push out another's upload") {
  intake_desk on;
  const auto ticket = make_ticket(1);
  on.begin(ticket);
  on.send(ticket, 0, 0, "first");
  auto intruder = make_ticket(1, {"mine"});
  intruder.begin.origin.account = "1001";
  CHECK(refused(on.begin(intruder), "conflict"));
  intruder.begin.manifest += " ";
  CHECK(refused(on.begin(intruder), "crypto_failed"));
  CHECK(have(on.begin(ticket), 0) == 5);
}

TEST_CASE("frames that come while the ticket is being stored change nothing") {
  intake_desk on;
  const auto ticket = make_ticket(1);
  on.begin(ticket);
  on.send_all(ticket);
  const auto ending = on.intake->end(on.agent, {ticket.begin.ticket, ticket.begin.consent.manifest});
  REQUIRE(ending.work);
  on.send(ticket, 0, 0, "FIRST PICTURE");
  CHECK(refused(on.begin(make_ticket(1, {"other"})), "conflict"));
  const auto again = on.intake->end(on.agent, {ticket.begin.ticket, ticket.begin.consent.manifest});
  CHECK_FALSE(again.answer);
  CHECK_FALSE(again.work);
  CHECK(on.intake->settle(*ending.work, on.intake->store(*ending.work, on.now)).number == "1");
}

TEST_CASE("when a ticket cannot be stored its content is taken back, but not what another ticket has") {
  intake_desk on;
  const auto shared = make_ticket(1, {"the same bytes"});
  on.whole(shared);
  CHECK(on.files_in("content") == 1);
  const uuid stranger = id(201); // not in the database: storing fails at the last step
  const auto ticket = make_ticket(2, {"the same bytes", "new bytes"});
  on.intake->begin(stranger, ticket.begin, on.now);
  for (std::uint32_t i = 0; i < 2; ++i)
    on.intake->part(stranger,
                    {wire::frame_kind::ticket_part, ticket.begin.ticket, i, 0, bytes_of(ticket.parts[i])},
                    on.now);
  const auto ending = on.intake->end(stranger, {ticket.begin.ticket, ticket.begin.consent.manifest});
  REQUIRE(ending.work);
  CHECK_FALSE(on.intake->settle(*ending.work, on.intake->store(*ending.work, on.now)).error.empty());
  CHECK(on.files_in("content") == 1);
  CHECK(on.files_in("incoming") == 0);
}
