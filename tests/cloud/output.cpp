#include "tests/cloud/commanding.hpp"
#include "tools/cloud/agent_journal.hpp"
#include "tools/cloud/output_events.hpp"

#include <fstream>

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;
using tier2::test::eventually;

namespace {

/// A command that its agent has accepted.
struct running_command : commanding {
  made_command command{20};
  std::unique_ptr<talking_agent> agent_link;
  program who{integrator()};
  std::string path = "/api/v1/commands/" + command.id_text();

  explicit running_command(std::uint64_t limit = default_output_bytes) {
    command.run().max_output_bytes = limit;
    agent_link = here();
    who.post(command);
    accept(*agent_link, command);
    REQUIRE(eventually([&] { return who.state(command.id_text()) == "accepted"; }));
  }
  void write(std::uint64_t offset, std::string_view bytes, std::uint32_t part = 1) {
    send_output(*agent_link, command.claims.jti, part, offset, bytes);
  }
  bool acked(std::uint64_t bytes, std::uint32_t part = 1) {
    return hears_output_ack(*agent_link, command.claims.jti, part, bytes);
  }
  bool reached(std::uint64_t bytes) {
    return agent_link
        ->hear<wire::ack>(
            [&](const wire::ack& ack) { return ack.of == wire::ack::subject::output && ack.bytes >= bytes; })
        .has_value();
  }
  void finish(std::int64_t code = 0) {
    agent_link->say(exit_of(command.claims.jti, code));
    REQUIRE(hears_exit_ack(*agent_link, command.claims.jti));
  }
  std::string file(const std::string& stream = "stdout") {
    return who.get(path + "/agents/" + to_string(id(7)) + "/" + stream)->body;
  }
  json delivery() { return who.command(command.id_text())["deliveries"][0]; }
};

} // namespace

TEST_CASE("output is kept as it was sent, each stream for itself, and acknowledged cumulatively") {
  running_command on;
  on.write(0, "hello ");
  on.write(6, "world\n");
  on.write(0, "oh\n", 2);
  REQUIRE(on.acked(12));
  REQUIRE(on.acked(3, 2));
  CHECK(on.file() == "hello world\n");
  CHECK(on.file("stderr") == "oh\n");
  CHECK(on.delivery()["received"] == json{{"stdout", 12}, {"stderr", 3}});
  CHECK(on.delivery()["output_lost"] == false);
  const auto answer = on.who.get(on.path + "/agents/" + to_string(id(7)) + "/stdout");
  CHECK(answer->get_header_value("Content-Type") == "application/octet-stream");
  CHECK(answer->get_header_value("Content-Disposition").starts_with("attachment; "));
  CHECK(answer->get_header_value("Content-Security-Policy") == "default-src 'none'; sandbox");
}

TEST_CASE("what is sent again after a reconnect is kept once, also where it overlaps") {
  running_command on;
  on.write(0, "0123456789");
  REQUIRE(on.acked(10));
  on.agent_link = on.here();
  on.write(0, "0123456789");
  on.write(5, "56789abc");
  REQUIRE(on.acked(13));
  on.write(0, "0123");
  on.write(13, "d");
  REQUIRE(on.acked(14));
  CHECK(on.file() == "0123456789abcd");
  CHECK(on.delivery()["output_lost"] == false);
}

TEST_CASE("it goes on where it was after the server was started anew") {
  running_command on;
  on.write(0, "first ");
  REQUIRE(on.acked(6));
  on.agent_link.reset();
  on.restart();
  on.agent_link = on.here();
  program again = on.integrator();
  on.write(0, "first second");
  REQUIRE(on.acked(12));
  CHECK(again.get(on.path + "/agents/" + to_string(id(7)) + "/stdout")->body == "first second");
}

TEST_CASE("a gap is marked, and reads as zero bytes") {
  running_command on;
  on.write(0, "abc");
  on.write(5, "fg");
  REQUIRE(on.acked(7));
  CHECK(on.delivery()["output_lost"] == true);
  CHECK(on.file() == std::string("abc\0\0fg", 7));
}

TEST_CASE("no more is kept than the command allows, of both streams together, and the agent is not held up") {
  running_command on{10};
  on.write(0, "123456");
  on.write(0, "abcdefgh", 2);
  REQUIRE(on.acked(8, 2));
  on.write(6, "7890");
  REQUIRE(on.acked(10));
  CHECK(on.file() == "123456");
  CHECK(on.file("stderr") == "abcd");
  CHECK(on.delivery()["output_lost"] == true);
  on.write((1ULL << 53U) - 2, "x");
  REQUIRE(on.acked((1ULL << 53U) - 1));
  CHECK(on.file() == "123456");
}

TEST_CASE("a command that is no run has no output, and one that has ended has no more") {
  running_command on;
  on.write(0, "all");
  on.finish();
  on.write(3, "more");
  REQUIRE(on.acked(7));
  CHECK(on.file() == "all");
  made_command cancel{21};
  cancel.claims.cmd = cancel_command{id(20)};
  on.who.post(cancel);
  accept(*on.agent_link, cancel);
  send_output(*on.agent_link, cancel.claims.jti, 1, 0, "x");
  REQUIRE(hears_output_ack(*on.agent_link, cancel.claims.jti, 1, 1));
  CHECK(on.who.command(cancel.id_text())["deliveries"][0]["received"]["stdout"] == 0);
}

TEST_CASE("frames for what is not there are acknowledged and write nothing") {
  running_command on;
  send_output(*on.agent_link, id(88), 1, 0, "nobody asked");
  REQUIRE(hears_output_ack(*on.agent_link, id(88), 1, 12));
  send_output(*on.agent_link, on.command.claims.jti, 3, 0, "no such part");
  on.write(0, "x");
  REQUIRE(on.acked(1));
  std::size_t files = 0;
  for (const auto& each : std::filesystem::recursive_directory_iterator{on.directory + "/output"})
    files += each.is_regular_file() ? 1U : 0U;
  CHECK(files == 1);
}

TEST_CASE("what cannot be written is not acknowledged, nor is the exit behind it; sent again, all is there") {
  running_command on;
  const auto folder = on.directory + "/output/" + on.command.id_text();
  std::ofstream{folder} << "in the way";
  on.write(0, "first ");
  on.write(6, "second");
  on.agent_link->say(exit_of(on.command.claims.jti));
  CHECK(on.agent_link->ends().code == 1013);
  for (const auto& ack : on.agent_link->heard_so_far<wire::ack>())
    CHECK(ack.id != on.command.claims.jti);
  CHECK(on.delivery()["state"] == "accepted");
  CHECK(on.delivery()["output_lost"] == false);
  std::filesystem::remove(folder);
  on.agent_link = on.here();
  on.write(0, "first ");
  on.write(6, "second");
  on.finish();
  CHECK(on.file() == "first second");
  CHECK(on.delivery()["output_lost"] == false);
}

TEST_CASE("an agent that sends faster than the disk takes is cut off, sends again, and all is there once") {
  running_command on;
  const std::string piece(wire::max_payload_bytes, 'x');
  const std::size_t pieces = 2 * agent_journal::most_waiting_bytes / piece.size();
  {
    // Who writes into the database beside the server holds the journal up, and nobody else.
    const auto facts = on.beside();
    must(facts->write([&](soci::session&) -> result<void> {
      for (std::size_t i = 0; i < pieces; ++i)
        on.write(i * piece.size(), piece);
      CHECK(on.agent_link->ends().code == 1013);
      CHECK(on.who.get("/api/v1/openapi.json")->status == 200);
      return {};
    }));
  }
  // What waits is worked off first.
  REQUIRE(eventually([&] { return (on.agent_link = on.tries()) != nullptr; }));
  std::size_t sent = 0;
  // As an agent does: no more than a window is not acknowledged.
  for (; sent < pieces; ++sent) {
    if (sent >= 4) REQUIRE(on.reached((sent - 3) * piece.size()));
    on.write(sent * piece.size(), piece);
  }
  REQUIRE(on.reached(pieces * piece.size()));
  CHECK(on.file() == std::string(pieces * piece.size(), 'x'));
  CHECK(on.delivery()["output_lost"] == false);
}

TEST_CASE("a piece of a stream can be read; what lies outside is refused") {
  running_command on;
  on.write(0, "0123456789");
  REQUIRE(on.acked(10));
  const auto piece = [&](const std::string& query) {
    return on.who.get(on.path + "/agents/" + to_string(id(7)) + "/stdout?" + query);
  };
  CHECK(piece("offset=2&length=3")->body == "234");
  CHECK(piece("offset=8")->body == "89");
  CHECK(piece("length=2")->body == "01");
  CHECK(piece("offset=8&length=99")->body == "89");
  CHECK(piece("offset=10")->body.empty());
  CHECK(piece("offset=10")->status == 200);
  for (const char* outside :
       {"offset=11", "offset=-1", "offset=x", "length=x", "offset=99999999999999999999"})
    CHECK(piece(outside)->status == 400);
}

TEST_CASE("two listen live; both hear states and output in order, and the end") {
  running_command on;
  listening first{on.who, on, on.path + "/output"};
  on.write(0, "one ");
  CHECK(first.wait([](const auto& heard) { return listening::text_of(heard.events) == "one "; }));
  listening second{on.who, on, on.path + "/output?agent=" + to_string(id(7))};
  on.write(4, "two\n");
  on.write(0, "err\n", 2);
  on.finish(3);
  for (auto* each : {&first, &second}) {
    const auto heard = each->all();
    CHECK(heard.status == 200);
    CHECK(listening::text_of(heard.events) == "one two\n");
    CHECK(listening::text_of(heard.events, "stderr") == "err\n");
    std::vector<std::string> states;
    for (const auto& event : heard.events)
      if (event.name == "state") states.push_back(event.data["state"]);
    CHECK(states == std::vector<std::string>{"sent", "accepted", "exited"});
    REQUIRE(heard.events.size() >= 2);
    CHECK(heard.events.back().name == "end");
    const auto& exited = heard.events[heard.events.size() - 2];
    CHECK(exited.name == "state");
    CHECK(exited.data["exit"]["code"] == 3);
  }
}

TEST_CASE("a stream goes on after any event, in the middle of characters and of binary, without loss or "
          "repetition") {
  running_command on;
  // Characters of one to four bytes, cut at every place; then what is no text; then a character never ended.
  const std::string text = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z";
  std::string all;
  for (const char c : text) {
    on.write(all.size(), std::string(1, c));
    all += c;
    on.write(all.size() - 1, "!", 2); // keeps the pieces apart
    on.write(0, std::string(all.size(), '!'), 2);
  }
  const std::string binary("\xFF\x00\xC3\x28\x80", 5);
  on.write(all.size(), binary);
  all += binary;
  on.write(all.size(), "\xE2\x82");
  all += "\xE2\x82";
  REQUIRE(on.acked(all.size()));
  on.finish();
  const auto whole = listening{on.who, on, on.path + "/output"}.all();
  CHECK(listening::text_of(whole.events) == all);
  for (const auto& event : whole.events)
    if (event.name == "output" && event.data.contains("text"))
      CHECK(event.data["text"].get<std::string>().find("\xEF\xBF\xBD") == std::string::npos);
  for (std::size_t cut = 0; cut < whole.events.size(); ++cut) {
    const auto rest = listening{on.who, on, on.path + "/output", whole.events[cut].id}.all();
    std::vector<sent_event> joined(whole.events.begin(), whole.events.begin() + static_cast<long>(cut) + 1);
    joined.insert(joined.end(), rest.events.begin(), rest.events.end());
    CHECK(listening::text_of(joined) == all);
    CHECK(listening::text_of(joined, "stderr") == listening::text_of(whole.events, "stderr"));
    CHECK(std::count_if(joined.begin(), joined.end(), [](const auto& e) { return e.name == "state"; }) == 3);
  }
}

TEST_CASE("much output comes whole through a stream and as a file") {
  running_command on;
  std::string all;
  for (int line = 0; all.size() < 2'000'000; ++line)
    all += "line " + std::to_string(line) + " \xC3\xA4\n";
  for (std::size_t at = 0; at < all.size(); at += wire::max_payload_bytes)
    on.write(at, std::string_view{all}.substr(at, wire::max_payload_bytes));
  REQUIRE(on.acked(all.size()));
  on.finish();
  CHECK(on.file() == all);
  const auto heard = listening{on.who, on, on.path + "/output"}.all();
  CHECK(listening::text_of(heard.events) == all);
  std::uint64_t expected = 0;
  for (const auto& each : heard.events) {
    if (each.name != "output") continue;
    CHECK(each.data["offset"] == expected);
    expected += each.data["text"].get<std::string>().size();
  }
}

TEST_CASE("a listener that leaves frees its place, and the server ends while others still listen") {
  running_command on;
  for (int i = 0; i < 3; ++i) {
    listening gone{on.who, on, on.path + "/output"};
    CHECK(gone.wait([](const auto& heard) { return !heard.events.empty(); }));
  }
  listening still{on.who, on, on.path + "/output"};
  CHECK(still.wait([](const auto& heard) { return heard.events.size() == 2; }));
  on.cloud.reset();
  CHECK(still.all().over);
}

TEST_CASE("a stream of what is not there is refused") {
  running_command on;
  CHECK(on.who.get("/api/v1/commands/" + to_string(id(99)) + "/output")->status == 404);
  CHECK(on.who.get(on.path + "/output?agent=" + to_string(id(99)))->status == 404);
  CHECK(on.who.get(on.path + "/output?agent=x")->status == 400);
  for (const char* bad : {"x", "1", "1-", "-1-1", "1-1x", "01-1", "99999999999999999999-1"})
    CHECK(on.who.get(on.path + "/output?last_event_id=" + bad)->status == 400);
}

TEST_CASE("a command that nobody gets in time ends its stream") {
  commanding on;
  auto who = on.integrator();
  const made_command command{20};
  who.post(command);
  listening stream{who, on, "/api/v1/commands/" + command.id_text() + "/output"};
  CHECK(stream.wait([](const auto& heard) { return heard.events.size() == 1; }));
  *on.ahead_s = 3601;
  const auto heard = stream.all();
  REQUIRE(heard.events.size() == 3);
  CHECK(heard.events[1].data["state"] == "expired");
  CHECK(heard.events[2].name == "end");
}

TEST_CASE("where a character begins that is not whole") {
  const auto unfinished = [](std::string_view bytes) { return unfinished_character(bytes); };
  CHECK(unfinished("") == 0);
  CHECK(unfinished("abc") == 0);
  CHECK(unfinished("a\xC3") == 1);
  CHECK(unfinished("a\xC3\xA4") == 0);
  CHECK(unfinished("\xE2") == 1);
  CHECK(unfinished("\xE2\x82") == 2);
  CHECK(unfinished("\xE2\x82\xAC") == 0);
  CHECK(unfinished("\xF0\x9F\x98") == 3);
  CHECK(unfinished("\xF0\x9F\x98\x80") == 0);
  CHECK(unfinished("\x80\x80\x80") == 0);
  CHECK(unfinished("\xC0") == 0);
  CHECK(unfinished("\xFF") == 0);
  CHECK(unfinished("\xF5") == 0);
}
