// How much may be posted, wait, and be sent at once.
#include "tests/cloud/commanding.hpp"
#include "tools/cloud/agent_journal.hpp"
#include "tools/cloud/command_store.hpp"
#include "tools/cloud/delivery_store.hpp"

#include <soci/soci.h>

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;
using tier2::test::eventually;

namespace {

uuid numbered(std::uint32_t number) {
  uuid one = id(1);
  one.bytes[12] = 1;
  one.bytes[13] = static_cast<std::uint8_t>(number >> 8U);
  one.bytes[14] = static_cast<std::uint8_t>(number);
  return one;
}

made_command large(std::uint32_t number, std::size_t bytes) {
  made_command made{1};
  made.claims.jti = numbered(number);
  made.run().script = std::string(bytes, 'x');
  return made;
}

/// A store on a desk, without a server.
struct posting_desk : desk {
  command_store commands{*facts};
  wall_time now{std::chrono::system_clock::now()};
  link_number link{};

  posting post(const made_command& command, const std::string& who = "token:a", posting_limits limits = {}) {
    command_store store{*facts, limits};
    return must(
        store.post(must(read_posted_command(command.jws())), who, [this](const uuid&) { return link; }, now));
  }
  std::vector<deliveries::due> take(link_number on) {
    return must(
        facts->write([&](soci::session& session) { return deliveries::take_due(session, agent, on, now); }));
  }
  void accepts(const uuid& command) {
    CHECK(must(facts->write(
        [&](soci::session& session) { return deliveries::accept(session, command, agent, now); })));
  }
};

} // namespace

TEST_CASE("what is due comes in portions, in the order of posting, and the rest as answers come in") {
  posting_desk on;
  const std::uint32_t many = 3 * deliveries::most_unanswered;
  for (std::uint32_t i = 0; i < many; ++i) {
    auto command = large(i, 10);
    command.claims.audience = {to_string(on.agent)};
    on.now += 1ms;
    REQUIRE(on.post(command).how == posting::outcome::taken);
  }
  const auto first = on.take(1);
  REQUIRE(first.size() == deliveries::most_unanswered);
  CHECK(on.take(1).empty());
  on.accepts(first[0].command);
  const auto next = on.take(1);
  REQUIRE(next.size() == 1);
  CHECK(next[0].command == numbered(deliveries::most_unanswered));
  // A new link: what was sent and not answered comes again, first.
  const auto again = on.take(2);
  REQUIRE(again.size() == deliveries::most_unanswered);
  CHECK(again[0].command == numbered(1));
  CHECK(again.back().command == next[0].command);
  std::set<uuid> heard;
  for (auto due = again; !due.empty(); due = on.take(2))
    for (const auto& each : due) {
      CHECK(heard.insert(each.command).second);
      on.accepts(each.command);
    }
  CHECK(heard.size() == many - 1);
}

TEST_CASE("of large commands fewer are sent at once, and one is sent however large it is") {
  posting_desk on;
  for (std::uint32_t i = 0; i < 20; ++i) {
    auto command = large(i, 40'000);
    command.claims.audience = {to_string(on.agent)};
    REQUIRE(on.post(command).how == posting::outcome::taken);
  }
  std::size_t bytes = 0;
  const auto first = on.take(1);
  for (const auto& each : first)
    bytes += each.jws.size();
  CHECK(first.size() >= 1);
  CHECK(bytes <= deliveries::most_unanswered_bytes);
  CHECK(bytes + first[0].jws.size() > deliveries::most_unanswered_bytes);
}

TEST_CASE("a machine that is there is sent no more at once than one that comes, and the order is kept") {
  commanding on;
  const auto agent = on.here();
  auto who = on.integrator();
  const std::uint32_t many = 2 * deliveries::most_unanswered + 5;
  for (std::uint32_t i = 0; i < many; ++i)
    REQUIRE(who.post(large(i, 10))->status == 202);
  const auto order = [&] {
    std::vector<std::string> refs;
    for (const auto& each : agent->heard_so_far<wire::command>())
      refs.push_back(each.ref);
    return refs;
  };
  CHECK(who.state(to_string(numbered(deliveries::most_unanswered))) == "waiting");
  for (std::uint32_t i = 0; i < many; ++i)
    accept(*agent, large(i, 10));
  const auto heard = order();
  REQUIRE(heard.size() == many);
  for (std::uint32_t i = 0; i < many; ++i)
    CHECK(heard[i] == to_string(numbered(i)));
}

TEST_CASE("a machine for which far too much was posted gets all of it, and its link stands") {
  commanding on;
  auto who = on.integrator();
  const std::uint32_t many = 200; // 12 MB
  for (std::uint32_t i = 0; i < many; ++i)
    REQUIRE(who.post(large(i, 45'000))->status == 202);
  const auto agent = on.here();
  for (std::uint32_t i = 0; i < many; ++i) {
    // However often it says hello, nothing comes twice.
    agent->say(commanding::hello());
    accept(*agent, large(i, 45'000));
  }
  CHECK(agent->heard_so_far<wire::command>().size() == many);
}

TEST_CASE("repeated hellos lead to one transaction's worth of work, and to nothing that is sent again") {
  posting_desk on;
  for (std::uint32_t i = 0; i < 100; ++i) {
    auto command = large(i, 40'000);
    command.claims.audience = {to_string(on.agent)};
    REQUIRE(on.post(command).how == posting::outcome::taken);
  }
  agent_store agents{*on.facts};
  alert_store alerts{*on.facts};
  command_bell bell;
  agent_journal journal{
      *on.facts, agents, alerts, must(output_files::open(on.directory)), bell, [&] { return on.now; }};
  constexpr int hellos = 2000;
  for (int i = 0; i < hellos; ++i)
    REQUIRE(journal.put(on.agent, commanding::hello()));
  std::size_t bytes = 0;
  std::size_t commands = 0;
  journal.start({[&](const std::vector<agent_journal::message_to>& messages) {
                   for (const auto& each : messages)
                     if (const auto* one = std::get_if<wire::command>(&each.what)) {
                       ++commands;
                       bytes += one->jws.size();
                     }
                 },
                 [](const uuid&) {}, [] {}, [](const uuid&) { return link_number{1}; }});
  journal.stop();
  CHECK(commands >= 1);
  CHECK(bytes <= deliveries::most_unanswered_bytes);
  CHECK(journal.counted().hellos_passed_over >= hellos - 4);
}

TEST_CASE("a transaction ends when it has led to many bytes of commands; all machines get theirs") {
  posting_desk on;
  constexpr std::uint8_t machines = 60;
  for (std::uint8_t i = 0; i < machines; ++i)
    must(agent_store{*on.facts}.enrol(blake2b_256("token"), id(i), desk::about("key"), noon));
  for (std::uint32_t i = 0; i < 5; ++i) {
    auto command = large(i, 40'000);
    command.claims.audience = {"fleet:all"};
    REQUIRE(on.post(command).how == posting::outcome::taken);
  }
  agent_store agents{*on.facts};
  alert_store alerts{*on.facts};
  command_bell bell;
  agent_journal journal{
      *on.facts, agents, alerts, must(output_files::open(on.directory)), bell, [&] { return on.now; }};
  for (std::uint8_t i = 0; i < machines; ++i)
    REQUIRE(journal.put(id(i), commanding::hello()));
  std::map<uuid, std::size_t> commands;
  std::size_t most = 0;
  journal.start({[&](const std::vector<agent_journal::message_to>& messages) {
                   std::size_t bytes = 0;
                   for (const auto& each : messages)
                     if (const auto* one = std::get_if<wire::command>(&each.what)) {
                       ++commands[each.agent];
                       bytes += one->jws.size();
                     }
                   most = std::max(most, bytes);
                 },
                 [](const uuid&) {}, [] {}, [](const uuid&) { return link_number{1}; }});
  journal.stop();
  CHECK(commands.size() == machines);
  CHECK(most <= agent_journal::most_bytes_of_commands + deliveries::most_unanswered_bytes);
  CHECK(journal.counted().commits > 1);
}

TEST_CASE("a machine for which too much waits gets no more; others of the same command do") {
  posting_desk on;
  must(agent_store{*on.facts}.enrol(blake2b_256("token"), id(9), desk::about("key"), noon));
  std::uint32_t number = 0;
  SUBCASE("by number") {
    for (; number < command_store::most_waiting_for_agent; ++number) {
      auto command = large(number, 10);
      command.claims.audience = {to_string(on.agent)};
      REQUIRE(on.post(command).how == posting::outcome::taken);
    }
  }
  SUBCASE("by bytes") {
    for (std::size_t bytes = 0;; ++number) {
      auto command = large(number, 45'000);
      command.claims.audience = {to_string(on.agent)};
      bytes += command.jws().size();
      if (bytes > command_store::most_waiting_bytes_for_agent) break;
      REQUIRE(on.post(command).how == posting::outcome::taken);
    }
    CHECK(number > 200);
  }
  auto next = large(2000, 45'000);
  next.claims.audience = {to_string(on.agent)};
  CHECK(on.post(next).how == posting::outcome::too_many);
  next.claims.audience = {to_string(on.agent), to_string(id(9))};
  const auto both = on.post(next);
  REQUIRE(both.how == posting::outcome::taken);
  for (const auto& each : both.deliveries) {
    CHECK((each.state == delivery_state::expired) == (each.agent == on.agent));
    CHECK((each.reason == "too_many") == (each.agent == on.agent));
  }
}

TEST_CASE("who posts has a quota of 24 hours in commands, bytes and deliveries; others have theirs") {
  posting_desk on;
  posting_limits limits;
  const auto size = large(0, 10).jws().size();
  SUBCASE("commands") { limits.commands = 3; }
  SUBCASE("bytes") { limits.bytes = 3 * size + 200; }
  SUBCASE("deliveries") { limits.deliveries = 3; }
  const auto post = [&](std::uint32_t number, const char* who) {
    auto command = large(number, 10);
    command.claims.audience = {to_string(on.agent)};
    command.claims.expires += 30h;
    return on.post(command, who, limits);
  };
  for (std::uint32_t i = 0; i < 3; ++i)
    CHECK(post(i, "token:a").how == posting::outcome::taken);
  const auto refused = post(3, "token:a");
  CHECK(refused.how == posting::outcome::over_quota);
  CHECK(refused.again > 23h);
  CHECK(refused.again <= 24h);
  CHECK(post(2, "token:a").how == posting::outcome::known); // costs nothing
  CHECK(post(3, "token:b").how == posting::outcome::taken);
  on.now += 24h + 1s;
  CHECK(post(4, "token:a").how == posting::outcome::taken);
}

TEST_CASE("over HTTP a quota is 429 with Retry-After, and too long a life is 400") {
  commanding on;
  on.config.storage.commands_per_day = 1;
  on.restart();
  auto who = on.integrator();
  made_command endless{20};
  endless.claims.expires = endless.claims.issued + 24h + 1s;
  const auto refused = who.post(endless);
  CHECK(refused->status == 400);
  CHECK(json::parse(refused->body)["error"] == "lifetime_too_long");
  endless.claims.expires -= 1s;
  CHECK(who.post(endless)->status == 202);
  const auto more = who.post(made_command{21});
  CHECK(more->status == 429);
  CHECK(json::parse(more->body)["error"] == "over_quota");
  CHECK(std::stoi(more->get_header_value("Retry-After")) > 86000);
}

TEST_CASE("a copy with a wrong signature that came first does not keep the true one from the machine") {
  commanding on;
  auto who = on.integrator();
  const made_command command{20};
  const auto post = [&](std::uint8_t signature) {
    return who.post("/api/v1/commands", command.body(signature))->status;
  };
  SUBCASE("while it waits") {
    CHECK(post(9) == 202);
    CHECK(post(1) == 200);
    const auto agent = on.here();
    const auto heard = hear_command(*agent, command);
    REQUIRE(heard);
    CHECK(heard->jws == command.jws(1));
  }
  SUBCASE("when it was sent and refused") {
    const auto agent = on.here();
    CHECK(post(9) == 202);
    const auto wrong = hear_command(*agent, command);
    REQUIRE(wrong);
    agent->say(wire::rejected{wrong->ref, uuid{}, reject_reason::bad_signature, ""});
    REQUIRE(eventually([&] { return who.state(command.id_text()) == "rejected"; }));
    CHECK(post(1) == 200);
    CHECK(
        agent->hear<wire::command>([&](const wire::command& heard) { return heard.jws == command.jws(1); }));
    agent->say(wire::accepted{wrong->ref, command.claims.jti});
    CHECK(eventually([&] { return who.state(command.id_text()) == "accepted"; }));
    CHECK(post(2) == 200); // the machine has one that holds
    CHECK(who.command(command.id_text())["jws"] == command.jws(1));
  }
  SUBCASE("so many times") {
    for (std::uint8_t i = 1; i <= command_store::most_signatures + 1; ++i)
      CHECK(post(i) == (i == 1 ? 202 : 200));
    CHECK(who.command(command.id_text())["jws"] == command.jws(command_store::most_signatures));
  }
}

TEST_CASE("to withdraw what is not there any more is no line in the audit") {
  commanding on;
  auto who = on.integrator();
  const made_command command{20};
  who.post(command);
  const std::string path = "/api/v1/commands/" + command.id_text() + "/withdraw";
  CHECK(json::parse(who.post(path, "{}")->body)["withdrawn"] == 1);
  const auto rows = who.read("/api/v1/audit")["items"].size();
  CHECK(json::parse(who.post(path, "{}")->body)["withdrawn"] == 0);
  CHECK(who.read("/api/v1/audit")["items"].size() == rows);
}
