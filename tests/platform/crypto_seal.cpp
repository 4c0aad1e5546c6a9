#include "platform/crypto/seal.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <set>
#include <string_view>

using namespace tier2;

namespace {
std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span{text}); }
bool refused(const secret_key& key, const sealed_chunk& chunk, std::string_view context) {
  const auto plain = unseal(key, chunk, bytes(context));
  return !plain && plain.error().code == errc::crypto_failed && !plain.error().what.empty();
}
} // namespace

TEST_CASE("what is sealed can be unsealed, also nothing at all") {
  REQUIRE(init_crypto());
  const auto key = secret_key::generate();
  for (const std::string_view text : {"", "x", "what the user saw"}) {
    for (const std::string_view context : {"", "frame 1"}) {
      const auto chunk = seal(key, bytes(text), bytes(context));
      CHECK(chunk.bytes.size() == text.size() + seal_overhead_bytes);
      const auto plain = unseal(key, chunk, bytes(context));
      REQUIRE(plain);
      CHECK(std::ranges::equal(*plain, bytes(text)));
    }
  }
}

TEST_CASE("the plain text does not stand in the chunk") {
  REQUIRE(init_crypto());
  const std::string_view text = "what the user saw";
  const auto chunk = seal(secret_key::generate(), bytes(text), {});
  CHECK(std::ranges::search(chunk.bytes, bytes(text.substr(0, 8))).empty());
}

TEST_CASE("every truncation of a chunk is refused, and so is a byte more") {
  REQUIRE(init_crypto());
  const auto key = secret_key::generate();
  auto chunk = seal(key, bytes("what the user saw"), bytes("frame 1"));
  auto longer = chunk;
  longer.bytes.push_back(std::byte{0});
  CHECK(refused(key, longer, "frame 1"));
  while (!chunk.bytes.empty()) {
    chunk.bytes.pop_back();
    CHECK(refused(key, chunk, "frame 1"));
  }
}

TEST_CASE("a chunk with any one bit flipped is refused") {
  REQUIRE(init_crypto());
  const auto key = secret_key::generate();
  auto chunk = seal(key, bytes("what the user saw"), bytes("frame 1"));
  for (std::size_t bit = 0; bit < chunk.bytes.size() * 8; ++bit) {
    const auto mask = static_cast<std::byte>(1U << (bit % 8));
    chunk.bytes[bit / 8] ^= mask;
    CHECK(refused(key, chunk, "frame 1"));
    chunk.bytes[bit / 8] ^= mask;
  }
  CHECK(unseal(key, chunk, bytes("frame 1")));
}

TEST_CASE("another key or another context is refused") {
  REQUIRE(init_crypto());
  const auto key = secret_key::generate();
  const auto chunk = seal(key, bytes("what the user saw"), bytes("frame 1"));
  CHECK(refused(secret_key::generate(), chunk, "frame 1"));
  CHECK(refused(key, chunk, "frame 2"));
  CHECK(refused(key, chunk, "frame 1 "));
  CHECK(refused(key, chunk, ""));
}

TEST_CASE("no two chunks have the same nonce or the same bytes") {
  REQUIRE(init_crypto());
  const auto key = secret_key::generate();
  std::set<std::vector<std::byte>> nonces;
  std::set<std::vector<std::byte>> bodies;
  for (int i = 0; i < 1000; ++i) {
    const auto chunk = seal(key, bytes("the same"), {});
    nonces.emplace(chunk.bytes.begin(), chunk.bytes.begin() + 24);
    bodies.emplace(chunk.bytes.begin() + 24, chunk.bytes.end());
  }
  CHECK(nonces.size() == 1000);
  CHECK(bodies.size() == 1000);
}

// The AEAD example of draft-irtf-cfrg-xchacha-03, appendix A.3.1, as the chunk that another implementation
// would make.
TEST_CASE("a chunk is nonce, ciphertext and tag of XChaCha20-Poly1305-IETF") {
  REQUIRE(init_crypto());
  const auto from_hex = [](std::string_view hex) {
    std::vector<std::byte> out;
    for (std::size_t i = 0; i < hex.size(); i += 2)
      out.push_back(static_cast<std::byte>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16)));
    return out;
  };
  std::array<std::byte, 32> raw{};
  std::ranges::copy(from_hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"),
                    raw.begin());
  const auto key = secret_key::take(raw);
  const auto context = from_hex("50515253c0c1c2c3c4c5c6c7");
  sealed_chunk chunk{from_hex("404142434445464748494a4b4c4d4e4f5051525354555657"
                              "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
                              "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
                              "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
                              "21f9664c97637da9768812f615c68b13b52e"
                              "c0875924c1c7987947deafd8780acf49")};
  const auto plain = unseal(key, chunk, context);
  REQUIRE(plain);
  CHECK(std::ranges::equal(
      *plain, bytes("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for "
                    "the future, sunscreen would be it.")));
}
