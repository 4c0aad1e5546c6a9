#include "actors/keystore/key_file.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace tier2;

namespace {

machine_identity some_identity() {
  REQUIRE(init_crypto());
  std::array<std::byte, 32> key{};
  for (std::size_t i = 0; i < key.size(); ++i)
    key[i] = static_cast<std::byte>(i);
  uuid agent;
  for (std::size_t i = 0; i < agent.bytes.size(); ++i)
    agent.bytes[i] = static_cast<std::uint8_t>(0xa0 + i);
  return {agent, secret_key::take(key), true};
}

} // namespace

TEST_CASE("key file: what is written is read back") {
  auto bytes = encode_key_file(some_identity());
  REQUIRE(bytes.size() == key_file_bytes);
  CHECK(std::equal(bytes.begin(), bytes.begin() + 8, reinterpret_cast<const std::byte*>("tier2key")));
  const auto back = decode_key_file(bytes);
  REQUIRE(back.has_value());
  CHECK(back->agent == some_identity().agent);
  CHECK(back->enrolled);
  back->key.with([](std::span<const std::byte, 32> key) {
    for (std::size_t i = 0; i < key.size(); ++i)
      CHECK(key[i] == static_cast<std::byte>(i));
  });
}

TEST_CASE("key file: reading wipes the bytes it was given") {
  auto bytes = encode_key_file(some_identity());
  REQUIRE(decode_key_file(bytes).has_value());
  CHECK(std::all_of(bytes.begin(), bytes.end(), [](std::byte each) { return each == std::byte{0}; }));
}

TEST_CASE("key file: every truncation, every flipped bit and an appended byte are refused") {
  const auto whole = encode_key_file(some_identity());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    private_bytes cut{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)};
    CHECK(decode_key_file(cut).error().code == errc::malformed);
  }
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    auto flipped = whole;
    flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    CHECK(decode_key_file(flipped).error().code == errc::malformed);
  }
  auto longer = whole;
  longer.push_back({});
  CHECK(decode_key_file(longer).error().code == errc::malformed);
}

TEST_CASE("key file: a foreign file, a newer version and a damaged one are told apart") {
  private_bytes foreign(key_file_bytes);
  CHECK(decode_key_file(foreign).error().what == "It is not a machine key file.");
  auto newer = encode_key_file(some_identity());
  newer[9] = std::byte{2};
  CHECK(decode_key_file(newer).error().what == "It was made by a newer version of this program.");
  auto damaged = encode_key_file(some_identity());
  damaged[40] ^= std::byte{1};
  CHECK(decode_key_file(damaged).error().what == "It is damaged.");
}
