#pragma once

#include "actors/command/command_verifier.hpp"
#include "messages/wire/jws.hpp"
#include "messages/wire/manifest.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/// Commands for tests, honest and forged.
namespace tier2::test {

inline const std::string agent = "0a1b2c3d-0000-4000-8000-0123456789ab";
inline const std::string jti = "11111111-2222-4333-8444-555555555555";
inline const std::string plain_header = R"({"alg":"ES256","typ":"tier2-command+jwt"})";
inline constexpr std::int64_t issued = 1700000000;

inline unix_seconds at(std::int64_t seconds) { return unix_seconds{std::chrono::seconds{seconds}}; }

inline nlohmann::json claims_json() {
  return {{"aud", agent},
          {"iat", issued},
          {"exp", issued + 600},
          {"jti", jti},
          {"cmd", {{"run", {{"shell", "sh"}, {"script", "echo hi"}, {"as", "system"}}}}}};
}

inline signing_key new_key() {
  auto key = signing_key::generate();
  REQUIRE(key);
  return std::move(*key);
}

inline std::vector<verification_key> public_halves(const std::vector<const signing_key*>& of) {
  std::vector<verification_key> keys;
  for (const auto* key : of) {
    auto half = verification_key::from_pem(key->public_pem());
    REQUIRE(half);
    keys.push_back(std::move(*half));
  }
  return keys;
}

/// Signs whatever is given.
inline std::string signed_token(const signing_key& key, const std::string& payload,
                                const std::string& header = plain_header) {
  const auto input = wire::to_base64url(header) + "." + wire::to_base64url(payload);
  const auto signature = key.sign(std::as_bytes(std::span{input}));
  REQUIRE(signature);
  return wire::finish_jws(input, *signature);
}

inline std::string signature_of(const std::string& token) {
  const auto raw = wire::parse_base64url(token.substr(token.rfind('.') + 1));
  REQUIRE(raw);
  return *raw;
}
inline std::string with_signature(const std::string& token, std::string_view signature) {
  return token.substr(0, token.rfind('.') + 1) + wire::to_base64url(signature);
}

/// One fleet with one key, and the machine that most tests ask.
struct fleet {
  signing_key key = new_key();
  command_verifier verifier{public_halves({&key})};
  command_verifier::machine here{agent, {"desk", "lab"}};

  tl::expected<verified_command, rejection> ask(const std::string& token,
                                                std::int64_t now = issued + 10) const {
    auto answer = verifier.verify(token, here, at(now));
    if (!answer) {
      CHECK_FALSE(answer.error().detail.empty());
      CHECK(answer.error().detail.size() <= 512);
      for (const char c : answer.error().detail)
        CHECK((c >= ' ' && c <= '~'));
      if (answer.error().reason < reject_reason::malformed_claims) CHECK(answer.error().jti.is_nil());
    }
    return answer;
  }
  /// "valid" or the reason.
  std::string verdict(const std::string& token, std::int64_t now = issued + 10) const {
    const auto answer = ask(token, now);
    return answer ? "valid" : std::string{to_string(answer.error().reason)};
  }
  std::string verdict(const nlohmann::json& claims, std::int64_t now = issued + 10) const {
    return verdict(signed_token(key, claims.dump()), now);
  }
  std::string good() const { return signed_token(key, claims_json().dump()); }
};

} // namespace tier2::test
