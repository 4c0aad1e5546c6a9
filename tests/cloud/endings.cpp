// How deliveries end when the machine does not say so, and how long what was is kept.
#include "tests/cloud/commanding.hpp"
#include "tools/cloud/audit_log.hpp"
#include "tools/cloud/command_store.hpp"

#include <soci/soci.h>

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;
using tier2::test::eventually;

TEST_CASE("what a revoked machine had open ends with it, in the same moment, and listeners hear it") {
  commanding on;
  auto who = on.integrator();
  const auto agent = on.here();
  const made_command taken{20};
  const made_command sent{21};
  who.post(taken);
  who.post(sent);
  accept(*agent, taken);
  REQUIRE(hear_command(*agent, sent));
  REQUIRE(eventually([&] { return who.state(taken.id_text()) == "accepted"; }));
  listening stream{who, on, "/api/v1/commands/" + taken.id_text() + "/output"};
  REQUIRE(stream.wait([](const listening::heard& now) { return !now.events.empty(); }));
  SUBCASE("through the API") {
    browser olga{on};
    olga.sign_in();
    REQUIRE(olga.http
                .Post(("/api/v1/agents/" + to_string(id(7)) + "/revoke").c_str(),
                      {{"Cookie", olga.cookie}, {"Origin", olga.origin}}, "{}", "application/json")
                ->status == 200);
  }
  SUBCASE("beside the server") {
    const auto ended = must(agent_store{*on.beside()}.set_state(id(7), agent_state::revoked, "test", noon));
    CHECK(ended == std::set{taken.claims.jti, sent.claims.jti});
  }
  for (const auto& each : {taken, sent}) {
    const auto delivery = who.command(each.id_text())["deliveries"][0];
    CHECK(delivery["state"] == "expired");
    CHECK(delivery["reason"] == "revoked");
  }
  const auto heard = stream.all();
  CHECK(heard.events.back().name == "end");
}

TEST_CASE("what was accepted ends when it cannot run any more; its output and exit still count later") {
  commanding on;
  auto who = on.integrator();
  auto agent = on.here();
  made_command command{20};
  command.run().timeout = std::chrono::seconds{7200};
  who.post(command);
  accept(*agent, command);
  REQUIRE(eventually([&] { return who.state(command.id_text()) == "accepted"; }));
  agent.reset();
  *on.ahead_s = 7200 + 3000; // long past exp
  agent = on.here();         // a look by the journal was in between
  CHECK(who.state(command.id_text()) == "accepted");
  *on.ahead_s = 7200 + 3600 + 60;
  CHECK(eventually([&] { return who.state(command.id_text()) == "expired"; }));
  CHECK(who.command(command.id_text())["deliveries"][0]["reason"] == "unanswered");
  send_output(*agent, command.claims.jti, 1, 0, "late");
  REQUIRE(hears_output_ack(*agent, command.claims.jti, 1, 4));
  agent->say(exit_of(command.claims.jti, 5));
  REQUIRE(hears_exit_ack(*agent, command.claims.jti));
  CHECK(who.state(command.id_text()) == "exited");
  CHECK(who.get("/api/v1/commands/" + command.id_text() + "/agents/" + to_string(id(7)) + "/stdout")->body ==
        "late");
}

TEST_CASE("an event stream ends when its listener may not listen any more") {
  commanding on;
  const std::string token(43, 'L');
  on.add_token("listener", token, {"commands:read"});
  auto who = on.integrator();
  const auto agent = on.here();
  const made_command command{20};
  who.post(command);
  accept(*agent, command);
  const std::string path = "/api/v1/commands/" + command.id_text() + "/output";
  browser olga{on};
  olga.sign_in();
  program by_session{on, ""};
  by_session.headers = {{"Cookie", olga.cookie}};
  std::vector<std::unique_ptr<listening>> streams;
  streams.push_back(std::make_unique<listening>(program{on, token}, on, path));
  streams.push_back(std::make_unique<listening>(by_session, on, path));
  listening allowed{who, on, path};
  for (auto& each : streams)
    REQUIRE(each->wait([](const listening::heard& now) { return !now.events.empty(); }));
  must(api_token_store{*on.beside()}.revoke("listener", "test", noon));
  REQUIRE(olga.http
              .Delete("/api/v1/session", {{"Cookie", olga.cookie}, {"Origin", olga.origin}}, "",
                      "application/json")
              ->status == 204);
  // What comes a second later is not for them; until then it may be.
  std::uint64_t at = 0;
  CHECK(eventually([&] {
    send_output(*agent, command.claims.jti, 1, at++, "x");
    REQUIRE(hears_output_ack(*agent, command.claims.jti, 1, at));
    return streams[0]->is_over() && streams[1]->is_over();
  }));
  for (auto& each : streams)
    CHECK(each->all().events.back().name != "end");
  agent->say(exit_of(command.claims.jti));
  CHECK(allowed.all().events.back().name == "end");
}

TEST_CASE(
    "commands that have ended are forgotten with their output when their time is over, others are not") {
  commanding on;
  auto who = on.integrator();
  auto agent = on.here();
  const made_command ended{20};
  const made_command accepted{21};
  for (const auto& each : {ended, accepted}) {
    who.post(each);
    accept(*agent, each);
  }
  send_output(*agent, ended.claims.jti, 1, 0, "output");
  REQUIRE(hears_output_ack(*agent, ended.claims.jti, 1, 6));
  agent->say(exit_of(ended.claims.jti));
  REQUIRE(hears_exit_ack(*agent, ended.claims.jti));
  const auto folder = on.directory + "/output/" + ended.id_text();
  REQUIRE(std::filesystem::exists(folder));
  const auto rows = who.read("/api/v1/audit?limit=200")["items"].size();

  const auto now = std::chrono::system_clock::now();
  const auto facts = on.beside();
  command_store store{*facts};
  CHECK(must(store.remove_ended(now - 1h, 100)).empty());
  on.config.storage.commands_days = 0;
  *on.ahead_s = std::int64_t{60} * 60 * 24 * 400;
  on.restart();
  REQUIRE(eventually([&] { return on.integrator().state(accepted.id_text()) == "expired"; }));
  CHECK(on.integrator().state(ended.id_text()) == "exited");
  on.config.storage.commands_days = 90;
  on.restart();
  CHECK(eventually([&] { return !std::filesystem::exists(folder); }));
  auto later = on.integrator();
  CHECK(later.get("/api/v1/commands/" + ended.id_text())->status == 404);
  CHECK(later.read("/api/v1/commands")["items"].empty());
  CHECK(later.read("/api/v1/audit?limit=200")["items"].size() >= rows);
  CHECK_FALSE(must(audit_log{*facts}.verify()).first_wrong);
}
