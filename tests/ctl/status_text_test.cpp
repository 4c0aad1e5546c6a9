#include "tools/ctl/status_text.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace tier2;
using namespace tier2::ctl;

namespace {

wire::machine_status healthy() {
  wire::machine_status now;
  now.version = "1.2.3";
  now.at = wall_time{std::chrono::milliseconds{1'800'000'000'000}};
  now.started = now.at - std::chrono::hours{51};
  now.agent = *parse_uuid("6cfd2ff7-160a-465b-ac0b-ca30957ed43e");
  now.enrolled = true;
  now.protection = "tpm2";
  now.cloud = {"help.example.org", "", true, now.at - std::chrono::minutes{61}};
  now.groups = {"accounts", "desk"};
  actor_health actor;
  actor.name = "keystore";
  actor.state = "up";
  now.actors = {actor};
  return now;
}

bool says(const std::vector<std::string>& all, std::string_view part) {
  return std::any_of(all.begin(), all.end(),
                     [&](const auto& each) { return each.find(part) != std::string::npos; });
}

} // namespace

TEST_CASE("a machine that is well has nothing to complain about, and says how long") {
  const auto now = healthy();
  CHECK(complaints(now).empty());
  const auto text = status_text(now);
  for (const auto* part :
       {"tier2-service 1.2.3, running for 2 d 3 h", "6cfd2ff7-160a-465b-ac0b-ca30957ed43e, enrolled",
        "tpm2: the TPM", "help.example.org, connected for 1 h 1 min", "accounts, desk"}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(text.find('!') == std::string::npos);
}

TEST_CASE("each thing that somebody should look at is a complaint of its own") {
  auto now = healthy();
  now.agent = uuid{};
  CHECK(says(complaints(now), "keystore does not answer"));
  now = healthy();
  now.enrolled = false;
  CHECK(says(complaints(now), "enrolment token"));
  now = healthy();
  now.cloud.connected = false;
  CHECK(says(complaints(now), "no connection"));
  for (const auto* weak : {"machine", "none"}) {
    now = healthy();
    now.protection = weak;
    CHECK(complaints(now).size() == 1);
  }
  now = healthy();
  now.outbox.dropped = 3;
  CHECK(says(complaints(now), "3 alerts had to make way"));
  now = healthy();
  now.actors.front().state = "restarting";
  CHECK(says(complaints(now), "The part keystore is restarting."));
}

TEST_CASE("what strangers named moves no cursor and begins no line") {
  auto now = healthy();
  now.groups = {"a\n! b\x1b[2J"};
  now.cloud.detail = "x\r\n! all is lost \xe2\x80\xae";
  now.actors.front().last_error = "\x1b]0;owned\x07\n! c";
  now.actors.front().name = "k\x1b[31m";
  now.actors.front().state = "do\nwn";
  const auto text = status_text(now);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\r') == std::string::npos);
  CHECK(text.find("\n! b") == std::string::npos);
  CHECK(text.find("\n! all") == std::string::npos);
  CHECK(text.find("\n! c") == std::string::npos);
  CHECK(text.find("\xe2\x80\xae") == std::string::npos);
}

TEST_CASE("the object has every member, the complaints, and only ASCII") {
  auto now = healthy();
  now.replaces = now.agent;
  now.groups = {"b\xc3\xbcro"};
  now.cloud.connected = false;
  const auto text = status_json(now);
  CHECK(std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 128; }));
  const auto value = nlohmann::json::parse(text);
  CHECK(value["replaces"] == to_string(now.agent));
  CHECK(value["complaints"].size() == 1);
  CHECK(value["cloud"]["connected"] == false);
  CHECK(value["groups"][0] == "b\xc3\xbcro");
  CHECK_FALSE(value.contains("type"));
}
