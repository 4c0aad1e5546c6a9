#include "actors/keystore/key_file.hpp"

#include "platform/crypto/digest.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace tier2 {

namespace {

constexpr std::string_view magic = "tier2key";
constexpr std::size_t at_version = 8, at_wrapping = 10, at_enrolled = 12, at_agent = 13, at_key = 29,
                      at_sum = 61;

std::uint16_t read_u16(std::span<const std::byte> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[at]) << 8U |
                                    std::to_integer<unsigned>(bytes[at + 1]));
}

result<machine_identity> decode(std::span<std::byte> bytes) {
  if (bytes.size() < magic.size() || std::memcmp(bytes.data(), magic.data(), magic.size()) != 0)
    return fail(errc::malformed, "It is not a machine key file.");
  if (bytes.size() < at_enrolled) return fail(errc::malformed, "It is cut off.");
  if (read_u16(bytes, at_version) != 1 || read_u16(bytes, at_wrapping) != 0)
    return fail(errc::malformed, "It was made by a newer version of this program.");
  if (bytes.size() != key_file_bytes) return fail(errc::malformed, "It is cut off or too long.");
  digest sum;
  std::memcpy(sum.bytes.data(), bytes.data() + at_sum, sum.bytes.size());
  if (!equal(sum, blake2b_256(bytes.first(at_sum)))) return fail(errc::malformed, "It is damaged.");
  const auto enrolled = std::to_integer<unsigned>(bytes[at_enrolled]);
  if (enrolled > 1) return fail(errc::malformed, "It is damaged.");
  uuid agent;
  std::memcpy(agent.bytes.data(), bytes.data() + at_agent, agent.bytes.size());
  return machine_identity{agent, secret_key::take(bytes.subspan<at_key, secret_key::size>()), enrolled == 1};
}

} // namespace

private_bytes encode_key_file(const machine_identity& identity) {
  private_bytes bytes(key_file_bytes);
  std::memcpy(bytes.data(), magic.data(), magic.size());
  bytes[at_version + 1] = std::byte{1};
  bytes[at_enrolled] = std::byte{identity.enrolled ? std::uint8_t{1} : std::uint8_t{0}};
  std::memcpy(bytes.data() + at_agent, identity.agent.bytes.data(), identity.agent.bytes.size());
  identity.key.with([&](std::span<const std::byte, secret_key::size> key) {
    std::copy(key.begin(), key.end(), bytes.begin() + at_key);
  });
  const auto sum = blake2b_256(std::span<const std::byte>{bytes}.first(at_sum));
  std::memcpy(bytes.data() + at_sum, sum.bytes.data(), sum.bytes.size());
  return bytes;
}

result<machine_identity> decode_key_file(std::span<std::byte> bytes) {
  auto identity = decode(bytes);
  detail::wipe(bytes.data(), bytes.size());
  return identity;
}

} // namespace tier2
