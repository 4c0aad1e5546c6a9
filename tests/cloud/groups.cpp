// Which groups of a machine commands are routed by.
#include "tests/cloud/commanding.hpp"

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;

namespace {

using list = std::vector<std::string>;

/// Says hello again on a link that is known to be ready.
void says_groups(talking_agent& agent, const uuid& mark, list groups) {
  agent.say(commanding::hello(std::move(groups)));
  wire::alert alert;
  alert.what.id = mark;
  alert.what.at = noon;
  agent.say(alert);
  REQUIRE(agent.hear<wire::ack>([&](const wire::ack& ack) { return ack.id == mark; }));
}

made_command set_groups(std::uint8_t number, list groups) {
  made_command made{number};
  made.claims.cmd = set_groups_command{std::move(groups)};
  return made;
}

list routed(program& who, std::uint8_t number, const std::string& group) {
  const auto answer = who.post(made_command{number, {"group:" + group}});
  list names;
  if (answer->status != 202) return names;
  const auto receipt = json::parse(answer->body);
  for (const auto& each : receipt["agents"])
    names.push_back(each["agent"]);
  return names;
}

} // namespace

TEST_CASE("a machine that names a new group later is not in it until an operator says so") {
  commanding on;
  const auto agent = on.here(7, {"berlin"});
  auto who = on.integrator();
  says_groups(*agent, id(60), {"berlin", "accounts", "directors"});
  CHECK(routed(who, 20, "berlin") == list{to_string(id(7))});
  CHECK(routed(who, 21, "accounts").empty());
  const std::string path = "/api/v1/agents/" + to_string(id(7));
  CHECK(who.read(path)["groups"] == json::array({"berlin"}));
  CHECK(who.read(path)["claimed_groups"] == json::array({"accounts", "directors"}));
  CHECK(who.read("/api/v1/agents?group=accounts")["items"].empty());

  browser olga{on};
  olga.sign_in();
  const auto confirm = [&](const std::string& body, const std::string& agent_path) {
    return olga.http.Post((agent_path + "/groups").c_str(),
                          {{"Cookie", olga.cookie}, {"Origin", olga.origin}}, body, "application/json");
  };
  CHECK(confirm(R"({"groups":["accounts","elsewhere"]})", path)->status == 409);
  for (const char* malformed :
       {"{}", "[]", R"({"groups":[]})", R"({"groups":[1]})", R"({"groups":"accounts"})"})
    CHECK(confirm(malformed, path)->status == 400);
  CHECK(confirm(R"({"groups":["accounts"]})", "/api/v1/agents/" + to_string(id(99)))->status == 404);
  CHECK(routed(who, 22, "accounts").empty());
  const auto done = confirm(R"({"groups":["accounts"]})", path);
  REQUIRE(done->status == 200);
  CHECK(json::parse(done->body)["groups"] == json::array({"accounts", "berlin"}));
  CHECK(json::parse(done->body)["claimed_groups"] == json::array({"directors"}));
  CHECK(routed(who, 23, "accounts") == list{to_string(id(7))});
  CHECK(routed(who, 24, "directors").empty());
  // Who left a group is not in it again by saying so.
  says_groups(*agent, id(61), {});
  says_groups(*agent, id(62), {"accounts"});
  CHECK(routed(who, 25, "accounts").empty());
}

TEST_CASE("groups that a command of this cloud set on this machine count, whenever it says hello") {
  bool before_the_exit = false;
  SUBCASE("before the exit") { before_the_exit = true; }
  SUBCASE("behind it") {}
  commanding on;
  on.add_agents(30, 30);
  const auto agent = on.here(7, {});
  const auto other = on.here(30, {});
  auto who = on.integrator();
  const auto command = set_groups(20, {"accounts"});
  who.post(command);
  accept(*agent, command);
  if (before_the_exit) says_groups(*agent, id(60), {"accounts"});
  agent->say(exit_of(command.claims.jti));
  REQUIRE(hears_exit_ack(*agent, command.claims.jti));
  if (!before_the_exit) says_groups(*agent, id(60), {"accounts"});
  // Another machine learned of it and claims the same.
  other->say(exit_of(command.claims.jti));
  REQUIRE(hears_exit_ack(*other, command.claims.jti));
  says_groups(*other, id(61), {"accounts"});
  CHECK(routed(who, 21, "accounts") == list{to_string(id(7))});

  const auto failed = set_groups(22, {"directors"});
  who.post(failed);
  accept(*agent, failed);
  agent->say(exit_of(failed.claims.jti, 1));
  REQUIRE(hears_exit_ack(*agent, failed.claims.jti));
  says_groups(*agent, id(62), {"accounts", "directors"});
  CHECK(routed(who, 23, "directors").empty());
}

TEST_CASE("where first groups are to be confirmed, none counts before") {
  commanding on;
  on.config.agents.trust_groups = false;
  on.restart();
  const auto agent = on.here(7, {"berlin"});
  auto who = on.integrator();
  CHECK(routed(who, 20, "berlin").empty());
  const auto facts = on.beside();
  agent_store agents{*facts};
  CHECK(must(agents.confirm_groups(id(7), {}, "command line", noon)) == list{"berlin"});
  CHECK(must(agents.confirm_groups(id(7), {}, "command line", noon)).empty());
  CHECK(routed(who, 21, "berlin") == list{to_string(id(7))});
  const auto audit = who.read("/api/v1/audit");
  CHECK(audit.dump().find("first groups claimed") != std::string::npos);
  CHECK(audit.dump().find("groups confirmed") != std::string::npos);
}
