#include "tests/cloud/commanding.hpp"
#include "tools/cloud/command_store.hpp"

#include <soci/soci.h>

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;
using tier2::test::eventually;

TEST_CASE("a command goes to its agent at once, and what becomes of it is told") {
  commanding on;
  const auto agent = on.here();
  auto who = on.integrator();
  const made_command command{20};
  const auto answer = who.post(command);
  REQUIRE(answer);
  CHECK(answer->status == 202);
  CHECK(answer->get_header_value("Location") == "/api/v1/commands/" + command.id_text());
  const auto receipt = json::parse(answer->body);
  CHECK(receipt["id"] == command.id_text());
  CHECK(receipt["agents"][0]["agent"] == to_string(id(7)));
  CHECK(receipt["agents"][0]["hostname"] == "pc-7");
  CHECK(receipt["agents"][0]["state"] == "sent");

  const auto heard = hear_command(*agent, command);
  REQUIRE(heard);
  CHECK(heard->jws == command.jws());
  agent->say(wire::accepted{heard->ref, command.claims.jti});
  CHECK(eventually([&] { return who.state(command.id_text()) == "accepted"; }));
  auto said = exit_of(command.claims.jti, 3);
  said.how.stdout_bytes = 5;
  said.how.truncated = true;
  agent->say(said);
  REQUIRE(hears_exit_ack(*agent, command.claims.jti));
  // Acknowledged is committed: no waiting here.
  const auto told = who.command(command.id_text());
  const auto& delivery = told["deliveries"][0];
  CHECK(delivery["state"] == "exited");
  CHECK(delivery["exit"]["reason"] == "finished");
  CHECK(delivery["exit"]["code"] == 3);
  CHECK_FALSE(delivery["exit"].contains("signal"));
  CHECK(delivery["exit"]["bytes"]["stdout"] == 5);
  CHECK(delivery["exit"]["truncated"] == true);
  CHECK(told["summary"] == "sh: echo 20");
  CHECK(told["posted_by"] == "token:all");
  CHECK(told["kid"] == "a key");
  CHECK(told["claims"]["jti"] == command.id_text());
  CHECK(told["counts"]["exited"] == 1);
}

TEST_CASE("what the agent refuses is told with its reason, also where it could not trust the id") {
  commanding on;
  const auto agent = on.here();
  auto who = on.integrator();
  const made_command command{20};
  who.post(command);
  const auto heard = hear_command(*agent, command);
  REQUIRE(heard);
  agent->say(wire::rejected{heard->ref, uuid{}, reject_reason::bad_signature, "It does not fit."});
  CHECK(eventually([&] { return who.state(command.id_text()) == "rejected"; }));
  const auto delivery = who.command(command.id_text())["deliveries"][0];
  CHECK(delivery["reason"] == "bad_signature");
  CHECK(delivery["detail"] == "It does not fit.");
}

TEST_CASE("an agent that is away gets its commands when it comes, in the order in which they were posted") {
  commanding on;
  auto who = on.integrator();
  for (std::uint8_t i = 20; i < 23; ++i) {
    const auto answer = who.post(made_command{i});
    CHECK(json::parse(answer->body)["agents"][0]["state"] == "waiting");
  }
  const auto agent = on.here();
  for (std::uint8_t i = 20; i < 23; ++i)
    CHECK(hear_command(*agent, made_command{i}));
  std::vector<std::string> order;
  for (const auto& each : agent->heard_so_far<wire::command>())
    order.push_back(each.ref);
  CHECK(order == std::vector{to_string(id(20)), to_string(id(21)), to_string(id(22))});
}

TEST_CASE("nothing is given to an agent before its hello") {
  commanding on;
  auto who = on.integrator();
  const auto agent = on.agent();
  REQUIRE(agent->opens());
  const made_command command{20};
  CHECK(json::parse(who.post(command)->body)["agents"][0]["state"] == "waiting");
  agent->say(commanding::hello());
  CHECK(hear_command(*agent, command));
}

TEST_CASE("what was sent and not answered is sent again on the next link; what was answered is not") {
  commanding on;
  auto who = on.integrator();
  auto agent = on.here();
  const made_command lost{20};
  const made_command taken{21};
  who.post(lost);
  who.post(taken);
  REQUIRE(hear_command(*agent, lost));
  accept(*agent, taken);
  REQUIRE(eventually([&] { return who.state(taken.id_text()) == "accepted"; }));
  agent.reset();
  on.restart();
  agent = on.here();
  CHECK(hear_command(*agent, lost));
  agent->say(exit_of(lost.claims.jti));
  REQUIRE(hears_exit_ack(*agent, lost.claims.jti));
  CHECK(agent->heard_so_far<wire::command>().size() == 1);
}

TEST_CASE("a command waits until its exp and is then expired, and is not sent any more") {
  commanding on;
  auto who = on.integrator();
  const made_command command{20};
  who.post(command);
  *on.ahead_s = 3601;
  CHECK(eventually([&] { return who.state(command.id_text()) == "expired"; }));
  CHECK(who.command(command.id_text())["deliveries"][0]["reason"] == "expired");
  const auto agent = on.here();
  made_command later{21};
  later.claims.expires += 3h;
  who.post(later);
  CHECK(hear_command(*agent, later));
  CHECK(agent->heard_so_far<wire::command>().size() == 1);
}

TEST_CASE("what was sent and never answered is given up after exp; an exit that comes later still counts") {
  commanding on;
  auto who = on.integrator();
  auto agent = on.here();
  const made_command command{20};
  who.post(command);
  REQUIRE(hear_command(*agent, command));
  *on.ahead_s = 3600 + 121;
  CHECK(eventually([&] { return who.state(command.id_text()) == "expired"; }));
  CHECK(who.command(command.id_text())["deliveries"][0]["reason"] == "unanswered");
  agent->say(exit_of(command.claims.jti, 4));
  REQUIRE(hears_exit_ack(*agent, command.claims.jti));
  CHECK(who.state(command.id_text()) == "exited");
}

TEST_CASE("the same command again is answered and not sent again; other content under its id is a conflict") {
  commanding on;
  auto who = on.integrator();
  const auto agent = on.here();
  made_command command{20};
  CHECK(who.post(command)->status == 202);
  REQUIRE(hear_command(*agent, command));
  // Another signature over the same input is the same command: signatures are malleable.
  const auto again = who.post("/api/v1/commands", command.body(2));
  CHECK(again->status == 200);
  CHECK(json::parse(again->body)["id"] == command.id_text());
  made_command other = command;
  other.run().script = "something else";
  const auto conflict = who.post(other);
  CHECK(conflict->status == 409);
  CHECK(json::parse(conflict->body)["error"] == "conflict");
  CHECK(who.command(command.id_text())["jws"] == command.jws());
  agent->say(exit_of(command.claims.jti));
  REQUIRE(hears_exit_ack(*agent, command.claims.jti));
  CHECK(agent->heard_so_far<wire::command>().size() == 1);
}

TEST_CASE("what cannot be routed is refused, each with its code, and nothing is kept") {
  commanding on;
  auto who = on.integrator();
  const auto code = [&](const std::string& body, int status) {
    const auto answer = who.post("/api/v1/commands", body);
    REQUIRE(answer);
    INFO(answer->body);
    CHECK(answer->status == status);
    return json::parse(answer->body)["error"].get<std::string>();
  };
  CHECK(code("{", 400) == "malformed");
  CHECK(code("[]", 400) == "malformed");
  CHECK(code(R"({"jws": 1})", 400) == "malformed");
  CHECK(code(R"({"jws": "a.b.c"})", 400) == "malformed");
  CHECK(code(json{{"jws", std::string(70000, 'a')}}.dump(), 400) == "too_large");
  const std::string whole = made_command{20}.jws();
  for (std::size_t length = 0; length < whole.size(); length += 7)
    REQUIRE(code(json{{"jws", whole.substr(0, length)}}.dump(), 400) == "malformed");
  made_command late{20};
  late.claims.issued -= 2h;
  late.claims.expires -= 2h;
  CHECK(code(late.body(), 410) == "expired");
  CHECK(code(made_command{20, {to_string(id(99))}}.body(), 404) == "no_such_agent");
  CHECK(code(made_command{20, {"group:nobody"}}.body(), 404) == "no_such_agent");
  CHECK(code(made_command{20, {"everybody"}}.body(), 404) == "no_such_agent");
  const auto details = json::parse(who.post(made_command{20, {to_string(id(99))}})->body)["details"];
  CHECK(details == json::array({to_string(id(99))}));
  CHECK(who.post("/api/v1/commands", std::string(140000, ' '))->status == 413);
  CHECK(who.read("/api/v1/commands")["items"].empty());
}

TEST_CASE("groups and the fleet are resolved when the command is posted, and each agent gets it once") {
  commanding on;
  on.add_agents(30, 33);
  auto who = on.integrator();
  const auto in_group = on.here(30, {"accounts", "berlin"});
  const auto elsewhere = on.here(31, {"berlin"});
  {
    const auto facts = on.beside();
    must(agent_store{*facts}.set_state(id(33), agent_state::revoked, "test", noon));
  }
  const auto agents_of = [&](const made_command& command) {
    std::vector<std::string> names;
    const auto receipt = json::parse(who.post(command)->body);
    for (const auto& each : receipt["agents"])
      names.push_back(each["agent"]);
    return names;
  };
  using list = std::vector<std::string>;
  CHECK(agents_of(made_command{20, {"group:accounts"}}) == list{to_string(id(30))});
  CHECK(agents_of(made_command{21, {"group:berlin", to_string(id(30)), "group:accounts"}}) ==
        list{to_string(id(30)), to_string(id(31))});
  const auto fleet = agents_of(made_command{22, {"fleet:whatever"}});
  CHECK(fleet ==
        list{to_string(id(7)), to_string(id(30)), to_string(id(31)), to_string(id(32)), to_string(id(200))});
  CHECK(hear_command(*in_group, made_command{20}));
  CHECK(hear_command(*elsewhere, made_command{21}));
  CHECK(json::parse(who.post(made_command{23, {to_string(id(30)), to_string(id(98))}})->body)["unknown"] ==
        json::array({to_string(id(98))}));
}

TEST_CASE("one command reaches fifty agents, and what each answers is told") {
  commanding on;
  on.add_agents(100, 149);
  auto who = on.integrator();
  std::vector<std::unique_ptr<talking_agent>> agents;
  for (std::uint8_t i = 100; i < 150; ++i)
    agents.push_back(on.here(i, {"all"}));
  const made_command command{20, {"group:all"}};
  CHECK(json::parse(who.post(command)->body)["agents"].size() == 50);
  for (auto& agent : agents)
    accept(*agent, command);
  for (auto& agent : agents)
    agent->say(exit_of(command.claims.jti, 0));
  for (auto& agent : agents)
    REQUIRE(hears_exit_ack(*agent, command.claims.jti));
  const auto told = who.command(command.id_text());
  CHECK(told["counts"]["exited"] == 50);
}

TEST_CASE(
    "a command for five thousand machines is one transaction; for more than ten thousand it is refused") {
  desk on;
  const auto enrol = [&](std::uint32_t from, std::uint32_t to) {
    must(on.facts->write([&](soci::session& session) -> result<void> {
      std::string name;
      soci::statement insert =
          (session.prepare << "INSERT INTO agents (id, key_digest, hostname, os, arch, version, state, "
                              "first_seen, last_seen) VALUES (:id, '', 'pc', '', '', '', 'approved', 0, 0)",
           soci::use(name, "id"));
      for (auto i = from; i < to; ++i) {
        uuid one = id(1);
        one.bytes[13] = static_cast<std::uint8_t>(i >> 8U);
        one.bytes[14] = static_cast<std::uint8_t>(i);
        name = to_string(one);
        insert.execute(true);
      }
      return {};
    }));
  };
  enrol(0, 4999); // and the desk's own
  command_store commands{*on.facts};
  const auto now = std::chrono::system_clock::now();
  const auto post = [&](std::uint8_t number) {
    const auto read = must(read_posted_command(made_command{number, {"fleet:all"}}.jws()));
    return must(
        commands.post(read, "test", [](const uuid& agent) { return agent.bytes[14] == 0 ? 1 : 0; }, now));
  };
  const auto began = std::chrono::steady_clock::now();
  const auto posted = post(20);
  MESSAGE("posted to 5,000 machines in "
          << std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began)
                 .count()
          << " ms");
  CHECK(posted.how == posting::outcome::taken);
  CHECK(posted.deliveries.size() == 5000);
  const auto whole = must(commands.get(id(20)));
  CHECK(whole.row.counts.at(delivery_state::sent) == 21);
  CHECK(whole.row.counts.at(delivery_state::waiting) == 4979);
  enrol(4999, 10000);
  CHECK(post(21).how == posting::outcome::too_many);
  CHECK(commands.get(id(21)).error().code == errc::not_found);
}

TEST_CASE("an exit that is said again is acknowledged again and changes nothing; one for nothing too") {
  commanding on;
  auto who = on.integrator();
  auto agent = on.here();
  const made_command command{20};
  who.post(command);
  accept(*agent, command);
  agent->say(exit_of(command.claims.jti, 1));
  REQUIRE(hears_exit_ack(*agent, command.claims.jti));
  const auto before = who.command(command.id_text());
  agent = on.here();
  agent->say(exit_of(command.claims.jti, 2));
  REQUIRE(hears_exit_ack(*agent, command.claims.jti));
  CHECK(who.command(command.id_text()) == before);
  agent->say(exit_of(id(77)));
  CHECK(hears_exit_ack(*agent, id(77)));
}

TEST_CASE("an agent can say nothing about another agent's command") {
  commanding on;
  on.add_agents(30, 30);
  auto who = on.integrator();
  const auto mine = on.here(7);
  const auto stranger = on.here(30);
  const made_command command{20};
  who.post(command);
  REQUIRE(hear_command(*mine, command));
  const auto before = who.command(command.id_text());
  stranger->say(wire::accepted{command.id_text(), command.claims.jti});
  stranger->say(wire::rejected{command.id_text(), command.claims.jti, reject_reason::busy, "no"});
  send_output(*stranger, command.claims.jti, 1, 0, "lies");
  stranger->say(exit_of(command.claims.jti, 9));
  REQUIRE(hears_exit_ack(*stranger, command.claims.jti));
  CHECK(who.command(command.id_text()) == before);
}

TEST_CASE("an agent cannot end a command that was not sent to it yet") {
  commanding on;
  auto who = on.integrator();
  const auto agent = on.agent();
  REQUIRE(agent->opens());
  const made_command command{20};
  who.post(command);
  agent->say(exit_of(command.claims.jti));
  REQUIRE(hears_exit_ack(*agent, command.claims.jti));
  CHECK(who.state(command.id_text()) == "waiting");
}

TEST_CASE("what is withdrawn is not sent any more; what was sent stays") {
  commanding on;
  on.add_agents(30, 30);
  auto who = on.integrator();
  const auto there = on.here(30);
  const made_command command{20, {to_string(id(7)), to_string(id(30))}};
  who.post(command);
  REQUIRE(hear_command(*there, command));
  const auto answer = who.post("/api/v1/commands/" + command.id_text() + "/withdraw", "{}");
  REQUIRE(answer->status == 200);
  CHECK(json::parse(answer->body)["withdrawn"] == 1);
  CHECK(who.state(command.id_text(), to_string(id(7))) == "expired");
  CHECK(who.state(command.id_text(), to_string(id(30))) == "sent");
  CHECK(who.command(command.id_text())["deliveries"][0]["reason"] == "withdrawn");
  const auto late = on.here(7);
  const made_command next{21};
  who.post(next);
  REQUIRE(hear_command(*late, next));
  CHECK(late->heard_so_far<wire::command>().size() == 1);
  CHECK(who.post("/api/v1/commands/" + to_string(id(99)) + "/withdraw", "{}")->status == 404);
}

TEST_CASE("the list goes on where it stopped, and is found by agent and state") {
  commanding on;
  on.add_agents(30, 30);
  auto who = on.integrator();
  const auto agent = on.here();
  for (std::uint8_t i = 20; i < 25; ++i)
    who.post(made_command{i, {to_string(id(i == 22 ? 30 : 7))}});
  std::vector<std::string> seen;
  std::string path = "/api/v1/commands?limit=2";
  for (json page = who.read(path);; page = who.read(path + "&before=" + page["next"].get<std::string>())) {
    for (const auto& each : page["items"])
      seen.push_back(each["id"]);
    if (!page.contains("next")) break;
  }
  CHECK(seen.size() == 5);
  CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == 5);
  CHECK(who.read("/api/v1/commands?agent=" + to_string(id(30)))["items"][0]["id"] == to_string(id(22)));
  accept(*agent, made_command{20});
  agent->say(exit_of(id(20)));
  REQUIRE(hears_exit_ack(*agent, id(20)));
  CHECK(who.read("/api/v1/commands?state=ended")["items"][0]["id"] == to_string(id(20)));
  CHECK(who.read("/api/v1/commands?state=open")["items"].size() == 4);
  for (const char* query :
       {"limit=0", "limit=201", "limit=x", "before=1", "before=x.y", "agent=7", "state=up"})
    CHECK(who.get(std::string{"/api/v1/commands?"} + query)->status == 400);
  CHECK(who.get("/api/v1/commands/" + to_string(id(99)))->status == 404);
}
