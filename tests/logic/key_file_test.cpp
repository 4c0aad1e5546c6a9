#include "actors/keystore/key_file.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <doctest/doctest.h>

using namespace tier2;

namespace {

uuid agent_number(std::uint8_t number) {
  uuid agent;
  for (std::size_t i = 0; i < agent.bytes.size(); ++i)
    agent.bytes[i] = static_cast<std::uint8_t>(number + i);
  return agent;
}

secret_key key_number(std::uint8_t number) {
  std::array<std::byte, 32> key{};
  for (std::size_t i = 0; i < key.size(); ++i)
    key[i] = static_cast<std::byte>(number + i);
  return secret_key::take(key);
}

bool is(const secret_key& key, std::uint8_t number) {
  return key.with([&](std::span<const std::byte, 32> bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i)
      if (bytes[i] != static_cast<std::byte>(number + i)) return false;
    return true;
  });
}

const hardware machine{{{"smbios", "BOARD-1"}}, {{"nvme", "DISK-1"}, {"scsi", "DISK-2"}}};

private_bytes some_file(bool former = true) {
  REQUIRE(init_crypto());
  machine_identity identity{agent_number(0xa0), key_number(1), true, std::nullopt};
  if (former) identity.former.emplace(former_identity{agent_number(0x50), key_number(2)});
  std::vector<key_wrapping> wrappings;
  wrappings.push_back({key_protection::tpm2, key_number(3), std::vector<std::byte>(700, std::byte{7})});
  wrappings.push_back({key_protection::machine, key_number(4), std::vector<std::byte>(32, std::byte{8})});
  return encode_key_file(identity, machine, wrappings);
}

/// As the first version of this program wrote it.
private_bytes first_version() {
  private_bytes bytes(8 + 2 + 2 + 1);
  std::memcpy(bytes.data(), "tier2key", 8);
  bytes[9] = std::byte{1};
  bytes[12] = std::byte{1};
  const auto agent = agent_number(0xa0);
  const auto id = std::as_bytes(std::span{agent.bytes});
  bytes.insert(bytes.end(), id.begin(), id.end());
  key_number(1).with(
      [&](std::span<const std::byte, 32> key) { bytes.insert(bytes.end(), key.begin(), key.end()); });
  // BLAKE2b-256 of all before, by b2sum -l 256.
  constexpr std::string_view sum = "f5f038f63a70fce2e33236e16d00bd090a78b510959f0cf2a355acc4adbd7854";
  for (std::size_t i = 0; i < sum.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(std::stoi(std::string{sum.substr(i, 2)}, nullptr, 16)));
  return bytes;
}

std::string why_not(private_bytes bytes) {
  const auto file = parse_key_file(bytes);
  return file ? "" : file.error().what;
}

} // namespace

TEST_CASE("key file: what is written is read back, by each of its keys and by no other") {
  auto bytes = some_file();
  const auto file = parse_key_file(bytes);
  REQUIRE(file);
  CHECK(file->agent == agent_number(0xa0));
  CHECK(file->enrolled);
  CHECK(file->known == machine);
  REQUIRE(file->parts.size() == 2);
  CHECK(file->parts[0].protection == key_protection::tpm2);
  CHECK(file->parts[0].blob.size() == 700);
  for (std::size_t part = 0; part < 2; ++part) {
    const auto identity = open_key_file(*file, part, key_number(static_cast<std::uint8_t>(3 + part)));
    REQUIRE(identity);
    CHECK(is(identity->key, 1));
    REQUIRE(identity->former);
    CHECK(identity->former->agent == agent_number(0x50));
    CHECK(is(identity->former->key, 2));
    CHECK(open_key_file(*file, part, key_number(9)).error().code == errc::crypto_failed);
  }
  auto without = some_file(false);
  const auto other = parse_key_file(without);
  CHECK_FALSE(open_key_file(*other, 0, key_number(3))->former);
}

TEST_CASE("key file: the key is not in it, and reading wipes the bytes") {
  auto bytes = some_file();
  CHECK(key_number(1).with([&](std::span<const std::byte, 32> key) {
    return std::search(bytes.begin(), bytes.end(), key.begin(), key.begin() + 8) == bytes.end();
  }));
  REQUIRE(parse_key_file(bytes));
  CHECK(std::all_of(bytes.begin(), bytes.end(), [](std::byte each) { return each == std::byte{0}; }));
}

TEST_CASE("key file: every truncation, every flipped bit and an appended byte are refused") {
  for (const auto& whole : {some_file(), first_version()}) {
    for (std::size_t size = 0; size < whole.size(); ++size)
      CHECK(why_not({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}) != "");
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
      auto flipped = whole;
      flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
      CHECK(why_not(flipped) != "");
    }
    auto longer = whole;
    longer.push_back({});
    CHECK(why_not(longer) == "It is damaged.");
  }
}

TEST_CASE("key file: what somebody changed, with the sum made right again, opens no more") {
  auto bytes = some_file();
  const auto whole = parse_key_file(bytes);
  REQUIRE(whole);
  for (const std::size_t at : {std::size_t{14}, std::size_t{15}, std::size_t{35}, whole->head.size() - 1}) {
    auto tampered = *parse_key_file(*std::make_unique<private_bytes>(some_file()));
    tampered.head[at] ^= std::byte{1};
    CHECK(open_key_file(tampered, 0, key_number(3)).error().code == errc::crypto_failed);
    CHECK(open_key_file(tampered, 1, key_number(4)).error().code == errc::crypto_failed);
  }
}

TEST_CASE("key file: a foreign file, a newer version, a cut and a damaged one are told apart") {
  CHECK(why_not(private_bytes(100)) == "It is not a machine key file.");
  auto newer = some_file();
  newer[9] = std::byte{3};
  CHECK(parse_key_file(newer).error().code == errc::unsupported);
  auto cut = some_file();
  cut.resize(cut.size() - 1);
  CHECK(why_not(cut) == "It is cut off.");
  auto damaged = some_file();
  damaged[40] ^= std::byte{1};
  CHECK(why_not(damaged) == "It is damaged.");
}

TEST_CASE("key file: one of the first version still opens") {
  auto bytes = first_version();
  const auto file = parse_key_file(bytes);
  REQUIRE(file);
  CHECK(file->agent == agent_number(0xa0));
  CHECK(file->enrolled);
  CHECK(file->parts.empty());
  REQUIRE(file->open);
  CHECK(is(*file->open, 1));
  CHECK(std::all_of(bytes.begin(), bytes.end(), [](std::byte each) { return each == std::byte{0}; }));
}
