#include "tests/logic/command_verifier_forge.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <openssl/evp.h>
#include <openssl/hmac.h>

using namespace tier2;
using namespace tier2::test;

namespace {

/// The order of P-256's group (FIPS 186-4, D.1.2.3).
constexpr std::array<unsigned char, 32> order{
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
const std::string order_text{reinterpret_cast<const char*>(order.data()), order.size()};

std::string order_minus(const std::string& number) {
  std::string out(32, '\0');
  int borrow = 0;
  for (int i = 31; i >= 0; --i) {
    const int digit = order.at(i) - static_cast<unsigned char>(number[i]) - borrow;
    borrow = digit < 0 ? 1 : 0;
    out[i] = static_cast<char>(digit + 256 * borrow);
  }
  return out;
}

/// An ASN.1 integer without the leading zeros that DER forbids.
std::string der_integer(std::string number) {
  number.erase(0, std::min(number.find_first_not_of('\0'), number.size() - 1));
  if ((static_cast<unsigned char>(number[0]) & 0x80U) != 0) number.insert(0, 1, '\0');
  return std::string{"\x02"} + static_cast<char>(number.size()) + number;
}

std::string hmac_sha256(const std::string& key, const std::string& message) {
  std::array<unsigned char, 32> out{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), out.data(), &size);
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}

std::string der_of(std::string pem) {
  std::string body;
  for (std::size_t line = pem.find('\n') + 1; pem[line] != '-'; line = pem.find('\n', line) + 1)
    body += pem.substr(line, pem.find('\n', line) - line);
  body.erase(std::min(body.find('='), body.size()));
  std::ranges::replace(body, '+', '-');
  std::ranges::replace(body, '/', '_');
  const auto der = wire::parse_base64url(body);
  REQUIRE(der);
  return *der;
}

} // namespace

TEST_CASE("a command that is signed by our key is let through, with what it says and who signed it") {
  const fleet us;
  const auto answer = us.ask(us.good());
  REQUIRE(answer);
  CHECK(to_string(answer->claims().jti) == jti);
  CHECK(std::get<run_command>(answer->claims().cmd).script == "echo hi");
  CHECK(answer->kid() == us.key.thumbprint());
}

TEST_CASE("kid chooses the key; without it every key is tried; an unknown one is said to be unknown") {
  const auto current = new_key();
  const auto next = new_key();
  const auto stranger = new_key();
  const command_verifier verifier{public_halves({&current, &next})};
  const auto payload = claims_json().dump();
  const auto verdict = [&](const signing_key& key, const std::string& kid) {
    const auto header =
        kid.empty() ? plain_header : R"({"alg":"ES256","typ":"tier2-command+jwt","kid":")" + kid + "\"}";
    const auto answer = verifier.verify(signed_token(key, payload, header), {agent, {}}, at(issued));
    return answer ? answer->kid() : std::string{to_string(answer.error().reason)};
  };
  for (const auto* key : {&current, &next}) {
    CHECK(verdict(*key, "") == key->thumbprint());
    CHECK(verdict(*key, key->thumbprint()) == key->thumbprint());
  }
  CHECK(verdict(stranger, "") == "bad_signature");
  CHECK(verdict(stranger, stranger.thumbprint()) == "unknown_key");
  CHECK(verdict(current, stranger.thumbprint()) == "unknown_key");
  CHECK(verdict(stranger, current.thumbprint()) == "bad_signature");
  CHECK(verdict(current, next.thumbprint()) == "bad_signature");
  CHECK(verdict(current, current.thumbprint() + " ") == "unknown_key");
  CHECK(command_verifier{{}}.verify(signed_token(current, payload), {agent, {}}, at(issued)).error().reason ==
        reject_reason::unknown_key);
}

TEST_CASE("every truncation of a valid command is refused") {
  const fleet us;
  const auto token = us.good();
  for (std::size_t size = 0; size < token.size(); ++size)
    CHECK(us.verdict(token.substr(0, size)) == "malformed");
}

TEST_CASE("every flip of a single bit of a valid command is refused") {
  const fleet us;
  const auto token = us.good();
  REQUIRE(us.verdict(token) == "valid");
  for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
    auto flipped = token;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1U << (bit % 8)));
    CHECK(us.verdict(flipped) != "valid");
  }
}

TEST_CASE("every flip of a bit of the signature, spelled properly, is a bad signature") {
  const fleet us;
  const auto token = us.good();
  const auto signature = signature_of(token);
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    auto flipped = signature;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1U << (bit % 8)));
    CHECK(us.verdict(with_signature(token, flipped)) == "bad_signature");
  }
}

TEST_CASE("the other signature that ECDSA allows is the same command, with the same jti") {
  const fleet us;
  const auto token = us.good();
  const auto signature = signature_of(token);
  const auto other = with_signature(token, signature.substr(0, 32) + order_minus(signature.substr(32)));
  REQUIRE(other != token);
  const auto first = us.ask(token);
  const auto second = us.ask(other);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->claims() == second->claims());
  CHECK(first->kid() == second->kid());
}

TEST_CASE("r and s of nothing, of the order, and beyond it fit no command") {
  const fleet us;
  const auto token = us.good();
  const auto signature = signature_of(token);
  const auto r = signature.substr(0, 32);
  const auto s = signature.substr(32);
  const std::string zero(32, '\0');
  const std::string one = std::string(31, '\0') + '\1';
  const std::string most(32, '\xff');
  for (const auto& number : {zero, one, order_text, most}) {
    CHECK(us.verdict(with_signature(token, number + s)) == "bad_signature");
    CHECK(us.verdict(with_signature(token, r + number)) == "bad_signature");
    for (const auto& second : {zero, one, order_text, most})
      CHECK(us.verdict(with_signature(token, number + second)) == "bad_signature");
  }
}

TEST_CASE("no signature of Project Wycheproof fits a command, and one of another length is malformed") {
  std::ifstream in{TEST_VECTORS "/ecdsa_secp256r1_sha256_p1363_test.json"};
  const auto file = nlohmann::json::parse(in);
  int asked = 0;
  for (const auto& group : file.at("testGroups")) {
    std::vector<verification_key> keys;
    auto key = verification_key::from_pem(group.at("publicKeyPem").get<std::string>());
    REQUIRE(key);
    keys.push_back(std::move(*key));
    const command_verifier verifier{std::move(keys)};
    for (const auto& test : group.at("tests")) {
      CAPTURE(test.at("tcId").get<int>());
      std::string signature;
      const auto hex = test.at("sig").get<std::string>();
      for (std::size_t i = 0; i < hex.size(); i += 2)
        signature += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
      const auto token = wire::to_base64url(plain_header) + "." + wire::to_base64url(claims_json().dump()) +
                         "." + wire::to_base64url(signature);
      const auto answer = verifier.verify(token, {agent, {}}, at(issued));
      REQUIRE_FALSE(answer);
      CHECK(answer.error().reason ==
            (signature.size() == 64 ? reject_reason::bad_signature : reject_reason::malformed));
      ++asked;
    }
  }
  CHECK(asked == 262);
}

TEST_CASE("a signature in DER is malformed") {
  const fleet us;
  const auto token = us.good();
  const auto raw = signature_of(token);
  const auto body = der_integer(raw.substr(0, 32)) + der_integer(raw.substr(32));
  CHECK(us.verdict(with_signature(token, std::string{"\x30"} + static_cast<char>(body.size()) + body)) ==
        "malformed");
}

TEST_CASE("our public key is no secret that a token could be keyed with") {
  const fleet us;
  const auto payload = claims_json().dump();
  const auto pem = us.key.public_pem();
  for (const auto& secret :
       {pem, pem.substr(0, pem.size() - 1), der_of(pem), us.key.thumbprint(), std::string{}}) {
    for (const auto& alg : {"HS256", "ES256"}) {
      const auto input =
          wire::to_base64url(R"({"alg":")" + std::string{alg} + R"(","typ":"tier2-command+jwt"})") + "." +
          wire::to_base64url(payload);
      const auto mac = hmac_sha256(secret, input);
      const bool honest = std::string{alg} == "HS256";
      CHECK(us.verdict(input + "." + wire::to_base64url(mac)) ==
            (honest ? "unsupported_algorithm" : "malformed"));
      CHECK(us.verdict(input + "." + wire::to_base64url(mac + mac)) ==
            (honest ? "unsupported_algorithm" : "bad_signature"));
    }
  }
}

TEST_CASE("an algorithm other than ES256 is refused even with a signature that fits") {
  const fleet us;
  for (const auto& alg : {"none", "HS256", "ES384", "ES256K", "es256", "ES256 ", "RS256", "EdDSA"}) {
    const auto header = R"({"alg":")" + std::string{alg} + R"(","typ":"tier2-command+jwt"})";
    const auto token = signed_token(us.key, claims_json().dump(), header);
    CHECK(us.verdict(token) == "unsupported_algorithm");
    CHECK(us.verdict(token.substr(0, token.rfind('.') + 1)) == "unsupported_algorithm");
  }
  // Before any key is asked for.
  CHECK(us.verdict(signed_token(us.key, claims_json().dump(),
                                R"({"alg":"none","typ":"tier2-command+jwt","kid":"nobody"})")) ==
        "unsupported_algorithm");
}

TEST_CASE("a header with tricks is refused even with a signature that fits") {
  const fleet us;
  const auto stranger = new_key();
  for (const auto& more :
       {R"("jwk":{"kty":"EC","crv":"P-256","x":"","y":""})", R"("jku":"https://keys.example/")",
        R"("crit":["exp"])", R"("b64":false)", R"("x5u":"https://keys.example/")", R"("x5c":[])",
        R"("x5t#S256":"")", R"("cty":"JWT")", R"("alg":"ES256")", R"("typ":"tier2-command+jwt")",
        R"("zip":"DEF")", R"("other":1)"}) {
    CAPTURE(more);
    const auto header = R"({"alg":"ES256","typ":"tier2-command+jwt",)" + std::string{more} + "}";
    CHECK(us.verdict(signed_token(us.key, claims_json().dump(), header)) == "malformed");
    CHECK(us.verdict(signed_token(stranger, claims_json().dump(), header)) == "malformed");
  }
  for (const auto& typ : {"JWT", "tier2-pack+jwt", "TIER2-COMMAND+JWT", "application/tier2-command+jwt"})
    CHECK(us.verdict(signed_token(us.key, claims_json().dump(),
                                  R"({"alg":"ES256","typ":")" + std::string{typ} + "\"}")) == "malformed");
  CHECK(us.verdict(signed_token(us.key, claims_json().dump(), R"({"alg":"ES256"})")) == "malformed");
}

TEST_CASE("a signature belongs to its header and its payload") {
  const fleet us;
  auto claims = claims_json();
  claims["jti"] = "99999999-2222-4333-8444-555555555555";
  const auto first = us.good();
  const auto second = signed_token(us.key, claims.dump());
  CHECK(us.verdict(second) == "valid");
  CHECK(us.verdict(with_signature(first, signature_of(second))) == "bad_signature");
  const auto named =
      signed_token(us.key, claims_json().dump(), R"({"typ":"tier2-command+jwt","alg":"ES256"})");
  CHECK(us.verdict(with_signature(named, signature_of(first))) == "bad_signature");
}

TEST_CASE("nothing of the payload is looked at before the signature holds") {
  const fleet us;
  const auto stranger = new_key();
  for (const auto& payload :
       {std::string{"no JSON, \x1b[2J secret-word"}, std::string(40000, '['), std::string{"\0\0", 2},
        std::string{"{}"}, std::string{R"({"secret-word":1})"}}) {
    const auto refused = us.ask(signed_token(stranger, payload));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().reason == reject_reason::bad_signature);
    CHECK(refused.error().detail.find("secret-word") == std::string::npos);
    CHECK(us.verdict(signed_token(us.key, payload)) == "malformed_claims");
  }
}

TEST_CASE("64 KiB are judged, a byte more is too large before anything is read") {
  const fleet us;
  CHECK(us.verdict(std::string(command_verifier::max_command_bytes, 'x')) == "malformed");
  CHECK(us.verdict(std::string(command_verifier::max_command_bytes + 1, 'x')) == "too_large");
  auto claims = claims_json();
  claims["cmd"]["run"]["script"] = std::string(48000, 'x');
  CHECK(us.verdict(claims) == "valid");
  claims["cmd"]["run"]["script"] = std::string(50000, 'x');
  CHECK(us.verdict(claims) == "too_large");
}
