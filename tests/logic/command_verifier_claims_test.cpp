#include "tests/logic/command_verifier_forge.hpp"

using namespace tier2;
using namespace tier2::test;
using nlohmann::json;

namespace {

json with(const std::string& name, const json& value) {
  auto claims = claims_json();
  claims[name] = value;
  return claims;
}

constexpr std::int64_t day = 86400;

} // namespace

TEST_CASE("a command is for the machine by its id, by a group of its own, or by its fleet") {
  const fleet us;
  CHECK(us.verdict(with("aud", agent)) == "valid");
  CHECK(us.verdict(with("aud", "group:desk")) == "valid");
  CHECK(us.verdict(with("aud", "group:lab")) == "valid");
  CHECK(us.verdict(with("aud", "fleet:" + us.key.thumbprint())) == "valid");
  CHECK(us.verdict(with("aud", json::array({agent}))) == "valid");
  CHECK(us.verdict(with("aud", json::array({"group:other", "x", "group:lab"}))) == "valid");
}

TEST_CASE("a command for somebody else is refused, however near the name is") {
  const fleet us;
  const auto stranger = new_key();
  for (const std::string& aud : {std::string{"0a1b2c3d-0000-4000-8000-0123456789ac"},
                                 std::string{"0A1B2C3D-0000-4000-8000-0123456789AB"},
                                 agent + " ",
                                 agent.substr(1),
                                 "group:" + agent,
                                 "fleet:" + agent,
                                 std::string{"desk"},
                                 std::string{"group:"},
                                 std::string{"group:Desk"},
                                 std::string{"group:des"},
                                 std::string{"group:desk2"},
                                 std::string{"group:*"},
                                 std::string{"group:desk,lab"},
                                 std::string{"Group:desk"},
                                 std::string{"fleet:"},
                                 std::string{"fleet:*"},
                                 std::string{"fleet:desk"},
                                 "fleet:" + stranger.thumbprint(),
                                 us.key.thumbprint(),
                                 "group:" + us.key.thumbprint(),
                                 std::string{"*"}}) {
    CAPTURE(aud);
    CHECK(us.verdict(with("aud", aud)) == "wrong_audience");
    CHECK(us.verdict(with("aud", json::array({aud, "x"}))) == "wrong_audience");
  }
}

TEST_CASE("a fleet is named by any key of the build, also by one that did not sign") {
  const auto current = new_key();
  const auto next = new_key();
  const command_verifier verifier{public_halves({&current, &next})};
  const auto token = signed_token(next, with("aud", "fleet:" + current.thumbprint()).dump());
  CHECK(verifier.verify(token, {agent, {}}, at(issued)));
}

TEST_CASE("a machine without a group is in none") {
  const fleet us;
  const auto token = signed_token(us.key, with("aud", "group:desk").dump());
  CHECK(us.verifier.verify(token, {agent, {}}, at(issued)).error().reason == reject_reason::wrong_audience);
}

TEST_CASE("iat and nbf may be 60 seconds ahead of the clock, and not 61") {
  const fleet us;
  CHECK(us.verdict(claims_json(), issued - 60) == "valid");
  CHECK(us.verdict(claims_json(), issued - 61) == "not_yet_valid");
  const auto later = with("nbf", issued + 300);
  CHECK(us.verdict(later, issued + 240) == "valid");
  CHECK(us.verdict(later, issued + 239) == "not_yet_valid");
  CHECK(us.verdict(with("nbf", issued - 300), issued - 61) == "not_yet_valid");
}

TEST_CASE("exp may be less than 60 seconds behind the clock") {
  const fleet us;
  CHECK(us.verdict(claims_json(), issued + 600) == "valid");
  CHECK(us.verdict(claims_json(), issued + 600 + 59) == "valid");
  CHECK(us.verdict(claims_json(), issued + 600 + 60) == "expired");
  CHECK(us.verdict(claims_json(), issued + day * 3650) == "expired");
}

TEST_CASE("a lifetime is at most 24 hours from iat to exp, wherever the clock is between them") {
  const fleet us;
  CHECK(us.verdict(with("exp", issued + day)) == "valid");
  CHECK(us.verdict(with("exp", issued + day + 1)) == "lifetime_too_long");
  auto claims = with("exp", issued + day + 1);
  claims["nbf"] = issued + day;
  CHECK(us.verdict(claims, issued + day) == "lifetime_too_long");
  CHECK(us.verdict(with("exp", 9214646399)) == "lifetime_too_long");
  CHECK(us.verdict(with("exp", issued)) == "malformed_claims");
  CHECK(us.verdict(with("exp", issued - 1)) == "malformed_claims");
}

TEST_CASE("a command of another version is unsupported, and said by name") {
  const fleet us;
  for (const auto& name : {"install_pack", "pack", "reboot"}) {
    const auto refused = us.ask(signed_token(us.key, with("cmd", {{name, json::object()}}).dump()));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().reason == reject_reason::unsupported_command);
    CHECK(refused.error().detail.find(name) != std::string::npos);
    CHECK(to_string(refused.error().jti) == jti);
  }
}

TEST_CASE("claims that break a rule are malformed, and the member is named") {
  const fleet us;
  for (const auto& [claims, member] : std::vector<std::pair<json, std::string>>{
           {with("aud", json::array()), "aud"},
           {with("iat", 1.7e9), "iat"},
           {with("jti", "1"), "jti"},
           {with("sub", "x"), "sub"},
           {with("cmd", {{"run", {{"shell", "sh"}, {"script", "x"}}}}), "cmd.run.as"}}) {
    const auto refused = us.ask(signed_token(us.key, claims.dump()));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().reason == reject_reason::malformed_claims);
    CHECK(refused.error().detail.find("\"" + member + "\"") != std::string::npos);
  }
}

TEST_CASE("the jti is said once the claims can be trusted") {
  const fleet us;
  for (const auto& [token, now] : std::vector<std::pair<std::string, std::int64_t>>{
           {signed_token(us.key, with("aud", "x").dump()), issued},
           {us.good(), issued - 1000},
           {us.good(), issued + 10000},
           {signed_token(us.key, with("exp", issued + 2 * day).dump()), issued}}) {
    const auto refused = us.ask(token, now);
    REQUIRE_FALSE(refused);
    CHECK(to_string(refused.error().jti) == jti);
  }
}

TEST_CASE("of several faults the first in the protocol's order is the answer") {
  const fleet us;
  const auto stranger = new_key();
  auto claims = with("aud", "x");
  claims["exp"] = issued + 2 * day;
  claims["cmd"] = {{"pack", json::object()}};
  CHECK(us.verdict(
            signed_token(stranger, claims.dump(), R"({"alg":"none","typ":"tier2-command+jwt","kid":"x"})")) ==
        "unsupported_algorithm");
  CHECK(us.verdict(signed_token(stranger, claims.dump(),
                                R"({"alg":"ES256","typ":"tier2-command+jwt","kid":"x"})")) == "unknown_key");
  CHECK(us.verdict(signed_token(stranger, claims.dump())) == "bad_signature");
  CHECK(us.verdict(claims, issued - 1000) == "wrong_audience");
  claims["aud"] = agent;
  CHECK(us.verdict(claims, issued - 1000) == "not_yet_valid");
  CHECK(us.verdict(claims, issued + 3 * day) == "expired");
  CHECK(us.verdict(claims) == "lifetime_too_long");
  claims["exp"] = issued + day;
  CHECK(us.verdict(claims) == "unsupported_command");
  claims["more"] = 1;
  CHECK(us.verdict(claims, issued - 1000) == "malformed_claims");
}

TEST_CASE("an audience that could move a terminal is shown without what moves it, and cut") {
  const fleet us;
  json many = json::array();
  for (int i = 0; i < 64; ++i)
    many.push_back("\x1b]0;x\x07\"" + std::string(200, 'a'));
  CHECK(us.verdict(with("aud", many)) == "wrong_audience");
}
