#include "tests/cloud/commanding.hpp"
#include "tools/cloud/alert_store.hpp"
#include "tools/cloud/audit_log.hpp"

#include <soci/soci.h>

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;
using tier2::test::eventually;

namespace {

wire::alert alert_of(std::uint8_t number) {
  wire::alert said;
  said.what.id = id(number);
  said.what.severity = alert_severity::error;
  said.what.source = "command";
  said.what.title = "A signature did not fit";
  said.what.body = "<b>bold</b>";
  said.what.at = noon;
  said.what.labels = {{"kid", "x"}};
  said.what.suppressed = 4;
  return said;
}

} // namespace

TEST_CASE("an alert is kept once, whatever how often it comes, and acknowledged each time") {
  commanding on;
  auto who = on.integrator();
  for (int i = 0; i < 2; ++i) {
    const auto agent = on.here();
    agent->say(alert_of(50));
    REQUIRE(agent->hear<wire::ack>([](const wire::ack& ack) { return ack.id == id(50); }));
  }
  const auto list = who.read("/api/v1/alerts")["items"];
  REQUIRE(list.size() == 2); // this one and that of `here`
  CHECK(list[0]["id"] == to_string(id(50)));
  CHECK(list[0]["agent"] == to_string(id(7)));
  CHECK(list[0]["hostname"] == "pc-7");
  CHECK(list[0]["severity"] == "error");
  CHECK(list[0]["body"] == "<b>bold</b>");
  CHECK(list[0]["labels"] == json{{"kid", "x"}});
  CHECK(list[0]["suppressed"] == 4);
  CHECK(list[0]["acknowledged_by"].is_null());
  CHECK(list[0]["acknowledged_at"].is_null());
  const auto first = who.read("/api/v1/alerts?limit=1");
  CHECK(who.read("/api/v1/alerts?before=" + first["next"].get<std::string>())["items"].size() == 1);
}

TEST_CASE("two agents may use one id for their alerts") {
  commanding on;
  on.add_agents(30, 30);
  for (const std::uint8_t each : {7, 30}) {
    const auto agent = on.here(each);
    agent->say(alert_of(50));
    REQUIRE(agent->hear<wire::ack>([](const wire::ack& ack) { return ack.id == id(50); }));
  }
  CHECK(on.integrator().read("/api/v1/alerts")["items"].size() == 4);
}

TEST_CASE("of one agent and day ten thousand alerts are kept, the next day more") {
  desk on;
  alert_store alerts{*on.facts};
  alert_store after_restart{*on.facts};
  must(on.facts->write([&](soci::session& session) -> result<void> {
    alert what;
    for (std::uint64_t i = 0; i < alert_store::most_a_day; ++i) {
      what.id.bytes[14] = static_cast<std::uint8_t>(i >> 8U);
      what.id.bytes[15] = static_cast<std::uint8_t>(i);
      REQUIRE(must(alerts.add(session, on.agent, what, noon)) == alert_store::taken::stored);
    }
    what.id = id(1);
    CHECK(must(alerts.add(session, on.agent, what, noon)) == alert_store::taken::too_many);
    CHECK(must(after_restart.add(session, on.agent, what, noon)) == alert_store::taken::too_many);
    CHECK(must(alerts.add(session, on.agent, what, noon + 24h)) == alert_store::taken::stored);
    return {};
  }));
}

TEST_CASE("the audit says who did what, and a row that was edited, removed or put in is found") {
  commanding on;
  on.add_agents(30, 30);
  auto who = on.integrator();
  const auto agent = on.here();
  who.post(made_command{20});
  accept(*agent, made_command{20});
  agent->say(exit_of(id(20), 3));
  REQUIRE(hears_exit_ack(*agent, id(20)));
  who.post(made_command{21});
  REQUIRE(hear_command(*agent, made_command{21}));
  agent->say(wire::rejected{to_string(id(21)), id(21), reject_reason::busy, ""});
  REQUIRE(eventually([&] { return who.state(to_string(id(21))) == "rejected"; }));
  who.post(made_command{22, {to_string(id(30))}}); // away
  who.post("/api/v1/commands/" + to_string(id(22)) + "/withdraw", "{}");

  const auto rows = who.read("/api/v1/audit?limit=200")["items"];
  const auto has = [&](const char* who_did, const char* event, const std::string& subject) {
    return std::any_of(rows.begin(), rows.end(), [&](const json& row) {
      return row["who"] == who_did && row["event"] == event && row["subject"] == subject;
    });
  };
  const std::string by_agent = "agent:" + to_string(id(7));
  CHECK(has("test", "api token made", "all"));
  CHECK(has(("agent:" + to_string(id(30))).c_str(), "agent enrolled", to_string(id(30))));
  CHECK(has("token:all", "command posted", to_string(id(20))));
  CHECK(has(by_agent.c_str(), "command exited", to_string(id(20))));
  CHECK(has(by_agent.c_str(), "command rejected", to_string(id(21))));
  CHECK(has("token:all", "command withdrawn", to_string(id(22))));

  on.cloud.reset();
  const auto verify = [&] { return must(audit_log{*on.beside()}.verify()); };
  const auto whole = verify();
  CHECK_FALSE(whole.first_wrong);
  CHECK(whole.rows == static_cast<std::int64_t>(rows.size()));
  CHECK(whole.last_hash == rows[0]["hash"]);
  const auto change = [&](const std::string& statement) {
    must(on.beside()->write([&](soci::session& session) -> result<void> {
      session << statement;
      return {};
    }));
  };
  std::filesystem::copy_file(on.directory + "/tier2.db", on.place / "whole.db");
  const auto restore = [&] {
    for (const char* tail : {"", "-wal", "-shm"})
      std::filesystem::remove(on.directory + "/tier2.db" + tail);
    std::filesystem::copy_file(on.place / "whole.db", on.directory + "/tier2.db");
    std::filesystem::permissions(on.directory + "/tier2.db",
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  };
  for (const char* column : {"at = at + 1", "who = 'olga'", "event = 'nothing'", "subject = 'x'",
                             "detail = 'nothing'", "hash = lower(hex(zeroblob(32)))"}) {
    INFO(column);
    change(std::string{"UPDATE audit SET "} + column + " WHERE seq = 3");
    CHECK(verify().first_wrong == 3);
    restore();
  }
  change("DELETE FROM audit WHERE seq = 2");
  CHECK(verify().first_wrong == 3);
  restore();
  change("DELETE FROM audit WHERE seq = 1");
  CHECK(verify().first_wrong == 2);
  restore();
  change("UPDATE audit SET seq = 1000 WHERE seq = 4");
  CHECK(verify().first_wrong);
  restore();
  CHECK_FALSE(verify().first_wrong);
}

TEST_CASE("a revoked agent's link ends at once, through the API and beside the running server") {
  commanding on;
  on.add_agents(30, 30);
  browser olga{on};
  olga.sign_in();
  const auto agent = on.here();
  const httplib::Headers by_page{{"Cookie", olga.cookie}, {"Origin", olga.origin}};
  const auto path = "/api/v1/agents/" + to_string(id(7));
  CHECK(json::parse(olga.get(path)->body)["connected"] == true);
  auto answer = olga.http.Post((path + "/revoke").c_str(), by_page, "{}", "application/json");
  REQUIRE(answer->status == 200);
  CHECK(json::parse(answer->body)["state"] == "revoked");
  CHECK(agent->ends().code == 4403);
  CHECK(on.agent()->ends().code == 403);
  answer = olga.http.Post((path + "/approve").c_str(), by_page, "{}", "application/json");
  CHECK(json::parse(answer->body)["state"] == "approved");
  CHECK(on.agent()->opens());

  const auto other = on.here(30);
  must(agent_store{*on.beside()}.set_state(id(30), agent_state::revoked, "command line", noon));
  CHECK(other->ends().code == 4403);
  CHECK(olga.http.Post("/api/v1/agents/x/revoke", by_page, "{}", "application/json")->status == 404);
  CHECK(olga.http
            .Post(("/api/v1/agents/" + to_string(id(99)) + "/revoke").c_str(), by_page, "{}",
                  "application/json")
            ->status == 404);
}

TEST_CASE("machines are listed with what they say of themselves, found by words, group and presence") {
  commanding on;
  on.add_agents(30, 34);
  auto who = on.integrator();
  const auto agent = on.here(30, {"berlin"});
  wire::heartbeat beat;
  beat.at = noon;
  beat.actors.push_back({"tier2-service", "", "runner", "up", 2, 0, 5, "it fell", 1, 2, 3, {{"busy", 4}}});
  agent->say(beat);
  const auto path = "/api/v1/agents/" + to_string(id(30));
  REQUIRE(eventually([&] { return !who.read(path)["actors"].empty(); }));
  who.post(made_command{20, {to_string(id(30))}});
  const auto one = who.read(path);
  CHECK(one["hostname"] == "pc-7"); // as its hello says
  CHECK(one["os"] == "Debian 13");
  CHECK(one["state"] == "approved");
  CHECK(one["groups"] == json::array({"berlin"}));
  CHECK(one["capabilities"] == json::array({"run"}));
  CHECK(one["actors"][0]["name"] == "runner");
  CHECK(one["actors"][0]["counters"]["busy"] == 4);
  CHECK(one["commands"][0]["id"] == to_string(id(20)));
  const auto count = [&](const char* query) {
    return who.read(std::string{"/api/v1/agents?"} + query)["items"].size();
  };
  CHECK(count("") == 7);
  CHECK(count("q=pc-31") == 1);
  CHECK(count("q=pc_31") == 0);
  CHECK(count("group=berlin") == 1);
  CHECK(count("group=nowhere") == 0);
  CHECK(count("connected=true") == 1);
  std::set<std::string> seen;
  for (json page = who.read("/api/v1/agents?limit=2");;
       page = who.read("/api/v1/agents?limit=2&before=" + page["next"].get<std::string>())) {
    for (const auto& each : page["items"])
      CHECK(seen.insert(each["agent"]).second);
    if (!page.contains("next")) break;
  }
  CHECK(seen.size() == 7);
  for (const char* query : {"limit=0", "before=x", "connected=false"})
    CHECK(who.get(std::string{"/api/v1/agents?"} + query)->status == 400);
}
