#include "messages/wire/manifest.hpp"
#include "tests/cloud/desk.hpp"
#include "tools/cloud/agent_admission.hpp"
#include "tools/cloud/alert_store.hpp"
#include "tools/cloud/database.hpp"

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;

namespace {

std::string base64(std::string_view key) { return wire::to_base64url(key); }
constexpr std::string_view former_key = "0123456789abcdef0123456789abcdef";

wire::enroll keyed(std::string_view key) {
  auto about = desk::about("x");
  about.key_digest = blake2b_256(key);
  return about;
}

net::websocket_server::request asking(const std::string& authorization, const uuid& agent,
                                      const std::string& replaces) {
  net::websocket_server::request made;
  made.path = "/agent/v1";
  made.headers = {{"sec-websocket-protocol", "tier2.v1"},
                  {"tier2-agent", to_string(agent)},
                  {"authorization", authorization},
                  {"tier2-replaces", replaces}};
  return made;
}

/// A desk whose agent 1 has a key of 32 bytes.
struct replaced : desk {
  agent_store agents{*facts};
  replaced() { must(agents.enrol(blake2b_256("token"), id(1), keyed(former_key), noon)); }
  admission ask(std::string_view key, const uuid& agent = id(2),
                const std::string& former = to_string(id(1))) {
    return judge_upgrade(agents, asking("Replace " + base64(key), agent, former));
  }
};

} // namespace

TEST_CASE("who proves by the former key that it is that machine takes its place, and its groups, once") {
  replaced on;
  wire::hello hello;
  hello.groups = {"desk"};
  must(on.facts->write(
      [&](soci::session& session) { return on.agents.describe(session, id(1), hello, noon); }));
  REQUIRE(must(on.agents.get(id(1))).groups == std::vector<std::string>{"desk"});
  const auto asked = on.ask(former_key);
  REQUIRE(asked.refused == 0);
  CHECK(asked.enrolling);
  CHECK(asked.replaces == id(1));
  CHECK(must(on.agents.replace(id(1), false, id(2), keyed("new"), noon)) == agent_state::approved);
  CHECK(must(on.agents.find(id(1)))->state == agent_state::revoked);
  CHECK(must(on.agents.find(id(2)))->state == agent_state::approved);
  CHECK(must(on.agents.get(id(2))).groups == std::vector<std::string>{"desk"});
  // The answer was lost: the same machine asks again and is answered the same; nobody else gets anything by
  // that key.
  CHECK(on.ask(former_key).refused == 0);
  CHECK(must(on.agents.replace(id(1), false, id(2), keyed("new"), noon)) == agent_state::approved);
  CHECK(on.ask(former_key, id(3)).refused == 403);
  CHECK(on.agents.replace(id(1), false, id(2), keyed("another"), noon).error().code == errc::conflict);
}

TEST_CASE("a wrong key, no former machine, itself, and nonsense prove nothing") {
  replaced on;
  CHECK(on.ask("ffffffffffffffffffffffffffffffff").refused == 401);
  CHECK(on.ask("short").refused == 401);
  CHECK(on.ask(former_key, id(2), to_string(id(77))).refused == 401);
  CHECK(on.ask(former_key, id(2), "").refused == 401);
  CHECK(on.ask(former_key, id(2), "not an id").refused == 401);
  CHECK(on.ask(former_key, id(1)).refused == 401);
  CHECK(judge_upgrade(on.agents, asking("Replace !!", id(2), to_string(id(1)))).refused == 401);
  must(on.agents.set_state(id(1), agent_state::revoked, "olga", noon));
  CHECK(on.ask(former_key).refused == 403);
}

TEST_CASE("while the former machine is connected the new one waits for an operator, and an alert tells of "
          "the copied disk") {
  replaced on;
  CHECK(must(on.agents.replace(id(1), true, id(2), keyed("new"), noon)) == agent_state::pending);
  CHECK(must(on.agents.find(id(1)))->state == agent_state::approved);
  alert_store alerts{*on.facts};
  const auto told = must(alerts.list({})).rows;
  REQUIRE(told.size() == 1);
  CHECK(told[0].what.dedupe_key == "clone");
  CHECK(told[0].agent == id(1));
  CHECK(must(on.agents.replace(id(1), true, id(2), keyed("new"), noon)) == agent_state::pending);
  CHECK(must(alerts.list({})).rows.size() == 1);
  must(on.agents.set_state(id(2), agent_state::approved, "olga", noon));
  CHECK(must(on.agents.replace(id(1), true, id(2), keyed("new"), noon)) == agent_state::approved);
}
