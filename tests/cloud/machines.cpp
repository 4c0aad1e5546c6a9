// What operators say of machines, enrolment tokens, and machines that were copied.
#include "tests/cloud/desk.hpp"
#include "tools/cloud/alert_store.hpp"
#include "tools/cloud/audit_log.hpp"
#include "tools/cloud/notify_queue.hpp"

#include <algorithm>

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;

namespace {

struct machine_desk : desk {
  agent_store agents{*facts};
  alert_store alerts{*facts};
  bool boots(std::uint8_t boot, wall_time at = noon) {
    wire::hello hello;
    hello.hostname = "pc-17";
    hello.boot_id = id(boot);
    return must(
        facts->write([&](soci::session& session) { return agents.describe(session, agent, hello, at); }));
  }
  std::vector<std::string> found(const agent_query& query) {
    std::vector<std::string> names;
    for (const auto& each : must(agents.list(query)).rows)
      names.push_back(each.hostname);
    return names;
  }
};

agent_query narrowed(std::string agent_query::* by, const char* to) {
  agent_query query;
  query.*by = to;
  return query;
}

} // namespace

TEST_CASE("two boots that alternate are two machines: one alert an episode, across a restart of the cloud") {
  machine_desk on;
  CHECK_FALSE(on.boots(1));
  CHECK_FALSE(on.boots(1)); // a new link of the same boot
  CHECK_FALSE(on.boots(2)); // a restart of the machine
  on.open();                // as a restart does
  agent_store agents{*on.facts};
  alert_store alerts{*on.facts};
  const auto boots = [&](std::uint8_t boot, wall_time at) {
    wire::hello hello;
    hello.boot_id = id(boot);
    return must(on.facts->write(
        [&](soci::session& session) { return agents.describe(session, on.agent, hello, at); }));
  };
  CHECK(boots(1, noon + 1s));
  CHECK_FALSE(boots(2, noon + 2s));
  CHECK_FALSE(boots(1, noon + 3s));
  auto rows = must(alerts.list({})).rows;
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].agent == on.agent);
  CHECK(rows[0].what.source == "cloud");
  CHECK(rows[0].what.severity == alert_severity::error);
  CHECK(must(agents.get(on.agent)).suspicion == "boot_ids");
  CHECK(must(agents.get(on.agent)).suspected == noon + 1s);

  must(agents.dismiss(on.agent, "olga", noon + 4s));
  CHECK(must(agents.get(on.agent)).suspicion.empty());
  CHECK(must(audit_log{*on.facts}.list(1, 0))[0].what.event == "agent suspicion dismissed");
  CHECK_FALSE(boots(2, noon + 5s)); // what was before does not count again
  CHECK_FALSE(boots(1, noon + 6s));
  CHECK(boots(2, noon + 7s)); // another episode
  CHECK(must(alerts.list({})).rows.size() == 2);
  CHECK(agents.dismiss(id(99), "olga", noon).error().code == errc::not_found);
}

TEST_CASE("a machine that only ever starts anew is not suspicious") {
  machine_desk on;
  for (std::uint8_t boot = 1; boot < 100; ++boot)
    CHECK_FALSE(on.boots(boot));
  wire::hello nil;
  for (int i = 0; i < 3; ++i)
    CHECK_FALSE(must(on.facts->write(
        [&](soci::session& session) { return on.agents.describe(session, on.agent, nil, noon); })));
  CHECK(must(on.agents.get(on.agent)).suspicion.empty());
}

TEST_CASE("an alert of the cloud's own is told like those of machines") {
  machine_desk on;
  notify_queue told{*on.facts, {{"chat", alert_severity::error}}};
  must(told.open());
  agent_store agents{*on.facts, true, &told};
  for (const std::uint8_t boot : {1, 2, 1}) {
    wire::hello hello;
    hello.boot_id = id(boot);
    must(on.facts->write(
        [&](soci::session& session) { return agents.describe(session, on.agent, hello, noon); }));
  }
  CHECK(must(told.state("chat")).waiting == 1);
}

TEST_CASE("two agents on one board and disk see each other, whoever leaves a digest out sees nobody") {
  machine_desk on;
  const auto enrol = [&](std::uint8_t number, const char* board, const char* disk) {
    auto about = desk::about(std::to_string(number));
    if (*board != 0) about.board_digest = blake2b_256(board);
    if (*disk != 0) about.disk_digest = blake2b_256(disk);
    must(on.agents.enrol(blake2b_256("token"), id(number), about, noon));
  };
  enrol(1, "board", "disk");
  enrol(2, "board", "disk");
  enrol(3, "board", "another");
  enrol(4, "board", "");
  enrol(5, "board", "");
  const auto twins = must(on.agents.twins(id(1)));
  REQUIRE(twins.size() == 1);
  CHECK(twins[0].agent == id(2));
  CHECK(must(on.agents.twins(id(2))).size() == 1);
  for (const std::uint8_t alone : {3, 4, 5})
    CHECK(must(on.agents.twins(id(alone))).empty());
}

TEST_CASE("an operator names a machine, notes and labels it; what is left out stays, and the audit tells") {
  machine_desk on;
  must(on.agents.set_about(
      on.agent, {"Front desk", "under the\ntable", std::vector<std::string>{"b", "a", "a"}}, "olga", noon));
  auto row = must(on.agents.get(on.agent));
  CHECK(row.display_name == "Front desk");
  CHECK(row.note == "under the\ntable");
  CHECK(row.labels == std::vector<std::string>{"a", "b"});
  CHECK(row.groups.empty()); // no command goes by a label
  const auto audit = must(audit_log{*on.facts}.list(1, 0))[0].what;
  CHECK(audit.who == "olga");
  CHECK(audit.event == "agent described");
  CHECK(audit.detail == "name: Front desk; note: under the\ntable; labels: a, b");
  must(on.agents.set_about(on.agent, {{}, {}, std::vector<std::string>{}}, "olga", noon));
  row = must(on.agents.get(on.agent));
  CHECK(row.labels.empty());
  CHECK(row.display_name == "Front desk");

  const auto refused = [&](agent_about about) {
    return on.agents.set_about(on.agent, std::move(about), "olga", noon).error().code;
  };
  CHECK(refused({std::string(101, 'x'), {}, {}}) == errc::invalid_argument);
  CHECK(refused({"a\nb", {}, {}}) == errc::invalid_argument);
  CHECK(refused({{}, std::string(2001, 'x'), {}}) == errc::invalid_argument);
  CHECK(refused({{}, {}, std::vector<std::string>{""}}) == errc::invalid_argument);
  CHECK(refused({{}, {}, std::vector<std::string>{"a,b"}}) == errc::invalid_argument);
  CHECK(refused({{}, {}, std::vector<std::string>{std::string(65, 'x')}}) == errc::invalid_argument);
  std::vector<std::string> many;
  many.reserve(21);
  for (int i = 0; i < 21; ++i)
    many.push_back(std::to_string(i));
  CHECK(refused({{}, {}, many}) == errc::invalid_argument);
  many.pop_back();
  must(on.agents.set_about(on.agent, {{}, {}, many}, "olga", noon));
  CHECK(on.agents.set_about(id(99), {"x", {}, {}}, "olga", noon).error().code == errc::not_found);
}

TEST_CASE("machines are found by label, by display name, by state and by suspicion") {
  machine_desk on;
  auto about = desk::about("key");
  about.hostname = "pc-18";
  must(on.agents.enrol(blake2b_256("token"), id(2), about, noon));
  about.hostname = "pc-19";
  must(on.agents.replace(id(2), true, id(3), about, noon)); // pending, and pc-18 is suspicious
  must(on.agents.set_about(on.agent, {"Front desk", {}, std::vector<std::string>{"till"}}, "olga", noon));
  using names = std::vector<std::string>;
  CHECK(on.found(narrowed(&agent_query::label, "till")) == names{"pc-17"});
  CHECK(on.found(narrowed(&agent_query::label, "til")).empty());
  CHECK(on.found(narrowed(&agent_query::text, "front")) == names{"pc-17"});
  CHECK(on.found(narrowed(&agent_query::state, "pending")) == names{"pc-19"});
  CHECK(on.found(narrowed(&agent_query::state, "suspicious")) == names{"pc-18"});
  CHECK(on.found(narrowed(&agent_query::state, "approved")) == names{"pc-17", "pc-18"});
  CHECK(on.found({}).size() == 3);
  CHECK(must(on.agents.get(id(3))).replaces == id(2));
  CHECK(must(on.agents.get(id(2))).suspicion == "copied_disk");
}

TEST_CASE("enrolment tokens are listed without their secret, and a revoked one lets in nobody") {
  machine_desk on;
  must(on.agents.add_token(blake2b_256("one"), 3, noon + 1h, "branch office", "olga", noon));
  must(on.agents.add_token(blake2b_256("two"), 1, noon + 1h, "twice", "olga", noon));
  must(on.agents.add_token(blake2b_256("three"), 1, noon + 1h, "twice", "olga", noon));
  must(on.agents.enrol(blake2b_256("one"), id(1), desk::about("1"), noon));
  const auto list = must(on.agents.tokens());
  REQUIRE(list.size() == 4);
  const auto one = *std::ranges::find(list, "branch office", &enrolment_token::name);
  CHECK(one.uses_left == 2);
  CHECK(one.expires == noon + 1h);
  CHECK(one.id == to_string(blake2b_256("one")).substr(0, 8));
  must(on.agents.revoke_token("branch office", "olga", noon));
  CHECK_FALSE(must(on.agents.knows_token(blake2b_256("one"))));
  CHECK(!on.agents.enrol(blake2b_256("one"), id(2), desk::about("2"), noon));
  CHECK(on.agents.revoke_token("branch office", "olga", noon).error().code == errc::not_found);
  CHECK(on.agents.revoke_token("", "olga", noon).error().code == errc::not_found);
  CHECK(on.agents.revoke_token("twice", "olga", noon).error().code == errc::conflict);
  must(on.agents.revoke_token(to_string(blake2b_256("two")).substr(0, 8), "olga", noon));
  CHECK(must(on.agents.tokens()).size() == 2);
  const auto audit = must(audit_log{*on.facts}.list(1, 0))[0].what;
  CHECK(audit.event == "enrolment token revoked");
}
