#include "platform/crypto/ecdsa.hpp"
#include "tests/platform/test_keys.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace tier2;

namespace {

std::vector<std::byte> from_hex(const std::string& hex) {
  std::vector<std::byte> out;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    out.push_back(static_cast<std::byte>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return out;
}

nlohmann::json vectors() {
  std::ifstream in{TEST_VECTORS "/ecdsa_secp256r1_sha256_p1363_test.json"};
  return nlohmann::json::parse(in);
}

bool malformed(std::string_view pem) {
  const auto key = verification_key::from_pem(pem);
  return !key && key.error().code == errc::malformed && !key.error().what.empty();
}

} // namespace

TEST_CASE("all 262 signatures of Project Wycheproof are judged as it judges them") {
  int count = 0;
  int invalid = 0;
  const auto file = vectors();
  for (const auto& group : file.at("testGroups")) {
    const auto key = verification_key::from_pem(group.at("publicKeyPem").get<std::string>());
    REQUIRE(key);
    for (const auto& test : group.at("tests")) {
      CAPTURE(test.at("tcId").get<int>());
      CAPTURE(test.at("comment").get<std::string>());
      const bool valid = test.at("result") == "valid";
      CHECK(key->verify(from_hex(test.at("msg")), from_hex(test.at("sig"))) == valid);
      ++count;
      if (!valid) ++invalid;
    }
  }
  CHECK(count == 262);
  CHECK(invalid == 89);
}

TEST_CASE("a signature of another length, or with any bit flipped, or over other bytes is refused") {
  const auto group = vectors().at("testGroups").at(0);
  const auto test = group.at("tests").at(0);
  const auto key = verification_key::from_pem(group.at("publicKeyPem").get<std::string>());
  REQUIRE(key);
  const auto message = from_hex(test.at("msg"));
  const auto good = from_hex(test.at("sig"));
  REQUIRE(key->verify(message, good));
  for (std::size_t size = 0; size < good.size(); ++size)
    CHECK_FALSE(key->verify(message, std::span{good}.first(size)));
  auto longer = good;
  longer.push_back(std::byte{0});
  CHECK_FALSE(key->verify(message, longer));
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto flipped = good;
    flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    CHECK_FALSE(key->verify(message, flipped));
  }
  auto other = message;
  other[0] ^= std::byte{1};
  CHECK_FALSE(key->verify(other, good));
  const auto stranger = verification_key::from_pem(test_keys::rfc7515);
  REQUIRE(stranger);
  CHECK_FALSE(stranger->verify(message, good));
}

// RFC 7515 appendix A.3; the thumbprints were computed with node's crypto.
TEST_CASE("a thumbprint is RFC 7638's") {
  const auto key = verification_key::from_pem(test_keys::rfc7515);
  REQUIRE(key);
  CHECK(key->thumbprint() == "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
  const auto other =
      verification_key::from_pem(vectors().at("testGroups").at(0).at("publicKeyPem").get<std::string>());
  REQUIRE(other);
  CHECK(other->thumbprint() == "UB0bE6ogZhikgZQC5i4LIZIpUDDiJ6AnzpDOzOEwJiA");
}

TEST_CASE("a moved key still verifies") {
  const auto group = vectors().at("testGroups").at(0);
  auto parsed = verification_key::from_pem(group.at("publicKeyPem").get<std::string>());
  REQUIRE(parsed);
  auto key = std::move(*parsed);
  const auto test = group.at("tests").at(0);
  CHECK(key.verify(from_hex(test.at("msg")), from_hex(test.at("sig"))));
}

TEST_CASE("keys of other curves and kinds and other ways to write them are refused") {
  CHECK(malformed(test_keys::p384));
  CHECK(malformed(test_keys::secp256k1));
  CHECK(malformed(test_keys::brainpool_p256r1));
  CHECK(malformed(test_keys::ed25519));
  CHECK(malformed(test_keys::p256_compressed));
  CHECK(malformed(test_keys::p256_explicit));
}

TEST_CASE("what is not exactly one public key is refused") {
  const std::string good{test_keys::rfc7515};
  CHECK(verification_key::from_pem(good));
  CHECK(verification_key::from_pem(good + "\r\n \n"));
  CHECK(malformed(""));
  CHECK(malformed("-----BEGIN PUBLIC KEY-----"));
  CHECK(malformed(good + good));
  CHECK(malformed(good + "x"));
  CHECK(malformed("x\n" + good));
  CHECK(malformed(good + std::string(5000, ' ')));
  auto private_label = good;
  for (std::size_t at = 0; (at = private_label.find("PUBLIC", at)) != std::string::npos;)
    private_label.replace(at, 6, "PRIVATE");
  CHECK(malformed(private_label));
}

TEST_CASE("every truncation of a key, and a point that is not on the curve, is refused") {
  const std::string good{test_keys::rfc7515};
  const auto end = good.find_last_not_of('\n') + 1;
  for (std::size_t size = 0; size < end; ++size)
    CHECK(malformed(good.substr(0, size)));
  auto off_curve = good;
  const auto last = off_curve.find("jlrQ==");
  REQUIRE(last != std::string::npos);
  off_curve[last] = 'k';
  CHECK(malformed(off_curve));
}
