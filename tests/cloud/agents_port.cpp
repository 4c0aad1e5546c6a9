#include "tests/cloud/running.hpp"

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;
using reason = net::websocket_client::end_reason;

namespace {

std::uint32_t status_of_refusal(const std::unique_ptr<talking_agent>& agent) {
  const auto end = agent->ends();
  CHECK(end.why == reason::http_refused);
  return end.code;
}

} // namespace

TEST_CASE("a machine enrols with a token, then comes with its key; the answer to a second try is the same") {
  running on;
  for (int i = 0; i < 3; ++i) { // the token has two uses: the later tries cost none
    const auto enrolling = on.agent(id(50), "Enroll two uses");
    REQUIRE(enrolling->opens());
    enrolling->say(desk::about(std::string(32, 'n')));
    const auto answer = enrolling->hear<wire::enrolled>();
    REQUIRE(answer);
    CHECK(answer->state == "approved");
  }
  const auto agent = on.agent(id(50), "Bearer " + wire::to_base64url(std::string(32, 'n')));
  CHECK(agent->opens());
}

TEST_CASE("a token lets nobody do anything but enrol") {
  running on;
  const auto ticket = make_ticket(1);
  const auto enrolling = on.agent(id(50), "Enroll two uses");
  REQUIRE(enrolling->opens());
  enrolling->say(ticket.begin);
  CHECK(enrolling->ends().code == 4401);
  const auto sending = on.agent(id(50), "Enroll two uses");
  REQUIRE(sending->opens());
  sending->send_part(ticket.begin.ticket, 0, "bytes");
  CHECK(sending->ends().code == 4401);
}

TEST_CASE("a token that is used up is refused with a sentence") {
  running on;
  for (std::uint8_t i = 50; i < 52; ++i) {
    const auto agent = on.agent(id(i), "Enroll two uses");
    agent->say(desk::about(std::string(32, static_cast<char>(i))));
    REQUIRE(agent->hear<wire::enrolled>());
  }
  const auto third = on.agent(id(52), "Enroll two uses");
  REQUIRE(third->opens());
  third->say(desk::about(std::string(32, 'z')));
  const auto notice = third->hear<wire::notice>();
  REQUIRE(notice);
  CHECK(notice->text.find("used up or expired") != std::string::npos);
  CHECK(third->ends().code == 4401);
}

TEST_CASE("who is not known is refused at the upgrade") {
  running on;
  CHECK(status_of_refusal(on.agent(id(7), "Bearer " + wire::to_base64url(std::string(32, 'x')))) == 401);
  CHECK(status_of_refusal(on.agent(id(8), on.authorization)) == 401);
  CHECK(status_of_refusal(on.agent(id(7), "Bearer " + wire::to_base64url(std::string(31, 'k')))) == 401);
  CHECK(status_of_refusal(on.agent(id(7), "Bearer not base64url!")) == 401);
  CHECK(status_of_refusal(on.agent(id(7), "Basic abc")) == 401);
  CHECK(status_of_refusal(on.agent(id(7), "Enroll a guess")) == 401);
  CHECK(status_of_refusal(on.agent(uuid{}, on.authorization)) == 401);
  CHECK(status_of_refusal(on.agent(id(7), on.authorization, "tier2.v9")) == 426);
}

TEST_CASE("a revoked key is refused with 403") {
  running on;
  on.cloud.reset();
  on.open();
  must(agent_store{*on.facts}.set_state(id(7), agent_state::revoked, "olga", noon));
  on.facts.reset();
  on.restart();
  CHECK(status_of_refusal(on.agent()) == 403);
}

TEST_CASE("the newest link of an agent wins") {
  running on;
  const auto older = on.agent();
  REQUIRE(older->opens());
  const auto newer = on.agent();
  REQUIRE(newer->opens());
  CHECK(older->ends().code == 4409);
  CHECK(newer->submit(make_ticket(1).begin, make_ticket(1).parts)->number == "1");
}

TEST_CASE("what cannot be read ends the link with 1007 and the place, another version with 4426") {
  running on;
  auto agent = on.agent();
  REQUIRE(agent->opens());
  agent->say_raw(R"({"type": "hello", "protocol": "one"})");
  const auto end = agent->ends();
  CHECK(end.code == 1007);
  CHECK(end.text.find("protocol") != std::string::npos);
  agent = on.agent();
  REQUIRE(agent->opens());
  agent->send_raw({2, 0, 0});
  CHECK(agent->ends().code == 1007);
  agent = on.agent();
  REQUIRE(agent->opens());
  wire::hello hello;
  hello.protocol = 2;
  agent->say(hello);
  CHECK(agent->ends().code == 4426);
  agent = on.agent();
  REQUIRE(agent->opens());
  agent->say(desk::about("again"));
  CHECK(agent->ends().code == 1002);
}

TEST_CASE("unknown messages and stray frames are passed over") {
  running on;
  const auto agent = on.agent();
  REQUIRE(agent->opens());
  agent->say_raw(R"({"type": "of the future", "x": 1})");
  agent->send_part(id(99), 0, "nobody began this");
  agent->say(wire::hello{1, "0.2.0", "Debian 13", "pc-17", id(3), {}, {}, {}});
  agent->say(wire::heartbeat{noon, {}});
  CHECK(agent->submit(make_ticket(1).begin, make_ticket(1).parts)->number == "1");
}

TEST_CASE("a ticket of several frames arrives, its number outlives a restart, and a resumed one goes on") {
  running on;
  const auto large = make_ticket(1, {std::string(3 * wire::max_payload_bytes + 1, 'p'), "{}"});
  auto agent = on.agent();
  const auto state = agent->submit(large.begin, large.parts);
  REQUIRE(state);
  CHECK(state->number == "1");
  CHECK(state->url == on.cloud->public_url() + "/tickets/1");

  const auto half = make_ticket(2, {"first half, second half"});
  agent->say(half.begin);
  agent->send_part(half.begin.ticket, 0, "first half");
  REQUIRE(agent->hear<wire::ticket_state>([](const wire::ticket_state& seen) {
    return seen.have == std::vector<wire::ticket_state::have_part>{{0, 10}};
  }));
  agent.reset();
  on.restart();
  agent = on.agent();
  agent->say(half.begin);
  const auto resumed = agent->hear<wire::ticket_state>();
  REQUIRE(resumed);
  CHECK(resumed->have == std::vector<wire::ticket_state::have_part>{{0, 10}});
  agent->say(large.begin);
  const auto again =
      agent->hear<wire::ticket_state>([&](const auto& seen) { return seen.ticket == large.begin.ticket; });
  REQUIRE(again);
  CHECK(again->number == "1");
}

TEST_CASE("when the port is taken the cloud says so and does not start") {
  running on;
  auto second = on.config;
  second.storage.directory = on.place / "second";
  second.agents.port = on.cloud->agents_port();
  const auto agents = cloud_server::start(second);
  REQUIRE(!agents);
  CHECK(agents.error().code == errc::in_use);
  second.agents.port = 0;
  second.operators.port = on.cloud->operators_port();
  const auto operators = cloud_server::start(second);
  REQUIRE(!operators);
  CHECK(operators.error().code == errc::in_use);
  CHECK(operators.error().what.find(std::to_string(on.cloud->operators_port())) != std::string::npos);
  second.operators.port = 0;
  CHECK(cloud_server::start(second).has_value());
}

TEST_CASE("a private key that everybody may read is refused with the command that mends it") {
  running on;
  auto second = on.config;
  second.storage.directory = on.place / "second";
  const std::string open_key = on.place / "open.key";
  std::filesystem::copy_file(second.operators.key, open_key);
  std::filesystem::permissions(open_key, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  second.operators.key = open_key;
  const auto refused = cloud_server::start(second);
  REQUIRE(!refused);
  CHECK(refused.error().what.find("chmod 600") != std::string::npos);
  const std::string no_key = on.place / "no.key";
  std::filesystem::copy_file(second.operators.certificate, no_key);
  std::filesystem::permissions(no_key, std::filesystem::perms::owner_read);
  second.operators.key = no_key;
  CHECK(cloud_server::start(second).error().code == errc::config_invalid);
}
