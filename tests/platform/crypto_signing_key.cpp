#include "platform/crypto/ecdsa.hpp"
#include "tests/platform/test_keys.hpp"

#include <doctest/doctest.h>
#include <set>

using namespace tier2;

namespace {

private_bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span{text.data(), text.size()});
  return {bytes.begin(), bytes.end()};
}
std::string text_of(const private_bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
auto as_bytes(std::string_view text) { return std::as_bytes(std::span{text.data(), text.size()}); }

bool malformed(std::string_view pem) {
  const auto key = signing_key::from_pem(bytes_of(pem));
  if (key) return false;
  // No line of the key may turn up in what is logged.
  for (std::size_t at = pem.find('\n'); at != std::string_view::npos && at + 9 < pem.size();
       at = pem.find('\n', at + 1))
    if (const auto line = pem.substr(at + 1, 8); !line.starts_with('-') && line.size() == 8)
      CHECK(key.error().what.find(line) == std::string::npos);
  return key.error().code == errc::malformed && !key.error().what.empty();
}

} // namespace

TEST_CASE("what a new key signs, its public half verifies, and nobody else's does") {
  const auto key = signing_key::generate();
  const auto other = signing_key::generate();
  REQUIRE(key);
  REQUIRE(other);
  const auto half = verification_key::from_pem(key->public_pem());
  const auto stranger = verification_key::from_pem(other->public_pem());
  REQUIRE(half);
  REQUIRE(stranger);
  CHECK(key->thumbprint() == half->thumbprint());
  CHECK(key->thumbprint() != other->thumbprint());
  for (const std::string& message : {std::string{}, std::string{"a.b"}, std::string(100000, 'x')}) {
    const auto signature = key->sign(as_bytes(message));
    REQUIRE(signature);
    CHECK(half->verify(as_bytes(message), *signature));
    CHECK_FALSE(half->verify(as_bytes(message + "x"), *signature));
    CHECK_FALSE(stranger->verify(as_bytes(message), *signature));
  }
}

TEST_CASE("short values of r and s are padded to 32 bytes") {
  const auto key = signing_key::generate();
  REQUIRE(key);
  const auto half = verification_key::from_pem(key->public_pem());
  REQUIRE(half);
  // One in 128 has a leading zero byte in r or s: 2000 without one happen once in six million runs.
  bool seen = false;
  for (int i = 0; i < 2000 && !seen; ++i) {
    const auto signature = key->sign(as_bytes("m"));
    REQUIRE(signature);
    seen = signature->at(0) == std::byte{0} || signature->at(32) == std::byte{0};
    if (seen) CHECK(half->verify(as_bytes("m"), *signature));
  }
  CHECK(seen);
}

TEST_CASE("a key that was written is read again") {
  const auto key = signing_key::generate();
  REQUIRE(key);
  const auto pem = key->private_pem();
  REQUIRE(pem);
  CHECK(text_of(*pem).starts_with("-----BEGIN PRIVATE KEY-----\n"));
  auto again = signing_key::from_pem(*pem);
  REQUIRE(again);
  CHECK(again->thumbprint() == key->thumbprint());
  const auto moved = std::move(*again);
  const auto half = verification_key::from_pem(key->public_pem());
  REQUIRE(half);
  const auto signature = moved.sign(as_bytes("m"));
  REQUIRE(signature);
  CHECK(half->verify(as_bytes("m"), *signature));
}

TEST_CASE("both forms of a P-256 key are read: PKCS 8 and SEC 1") {
  for (const auto form : {test_keys::rfc7515_private, test_keys::rfc7515_sec1}) {
    const auto key = signing_key::from_pem(bytes_of(form));
    REQUIRE(key);
    CHECK(key->public_pem() == test_keys::rfc7515);
    CHECK(key->thumbprint() == "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
  }
}

TEST_CASE("private keys of other curves and kinds, encrypted ones and public ones are refused") {
  CHECK(malformed(test_keys::p384_private));
  CHECK(malformed(test_keys::secp256k1_private));
  CHECK(malformed(test_keys::ed25519_private));
  CHECK(malformed(test_keys::rsa_private));
  CHECK(malformed(test_keys::encrypted_private));
  CHECK(malformed(test_keys::mismatched_private));
  CHECK(malformed(test_keys::rfc7515));
}

TEST_CASE("what is not exactly one private key is refused, and so is every truncation") {
  for (const auto form : {test_keys::rfc7515_private, test_keys::rfc7515_sec1}) {
    const std::string good{form};
    CHECK(signing_key::from_pem(bytes_of(good + "\r\n \n")));
    CHECK(malformed(good + good));
    CHECK(malformed(good + "x"));
    CHECK(malformed("x\n" + good));
    CHECK(malformed(good + std::string(5000, ' ')));
    const auto end = good.find_last_not_of('\n') + 1;
    for (std::size_t size = 0; size < end; ++size)
      CHECK(malformed(good.substr(0, size)));
  }
}
