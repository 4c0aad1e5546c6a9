#include "actors/keystore/key_file.hpp"

#include "messages/wire/big_endian.hpp"
#include "platform/crypto/digest.hpp"
#include "platform/crypto/seal.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace tier2 {

namespace {

constexpr std::string_view magic = "tier2key";
constexpr std::size_t sum_bytes = 32, uuid_bytes = 16;
constexpr std::size_t plain_bytes = secret_key::size + 1 + uuid_bytes + secret_key::size;
constexpr std::size_t most_serials = 16, most_parts = 2;
constexpr std::size_t at_total = magic.size() + 2, first_version_bytes = 8 + 2 + 2 + 1 + 16 + 32 + 32;

class writer {
public:
  template <class Integer>
  void number(Integer value) {
    wire::append_big_endian(bytes, value);
  }
  void raw(std::span<const std::byte> more) { bytes.insert(bytes.end(), more.begin(), more.end()); }
  void raw(const uuid& id) { raw(std::as_bytes(std::span{id.bytes})); }
  void text(std::string_view value) {
    const auto cut = value.substr(0, 255);
    number(static_cast<std::uint8_t>(cut.size()));
    raw(std::as_bytes(std::span{cut}));
  }
  private_bytes bytes;
};

/// Beyond the end everything is zero and `good` is false.
class reader {
public:
  explicit reader(std::span<const std::byte> bytes) : left{bytes} {}
  std::span<const std::byte> take(std::size_t count) {
    if (count > left.size()) {
      good = false;
      left = {};
      return {};
    }
    const auto taken = left.first(count);
    left = left.subspan(count);
    return taken;
  }
  template <class Integer>
  Integer number() {
    const auto taken = take(sizeof(Integer));
    return good ? wire::read_big_endian<Integer>(taken) : Integer{};
  }
  std::string text() {
    const auto taken = take(number<std::uint8_t>());
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }
  uuid id() {
    uuid value;
    if (const auto taken = take(uuid_bytes); good)
      std::memcpy(value.bytes.data(), taken.data(), taken.size());
    return value;
  }
  std::span<const std::byte> left;
  bool good{true};
};

void write(writer& to, const std::vector<serial_number>& list) {
  for (const auto& each : std::span{list}.first(std::min(list.size(), most_serials))) {
    to.text(each.source);
    to.text(each.text);
  }
}

/// What is sealed, in wiped memory.
private_bytes plain_of(const machine_identity& identity) {
  writer to;
  const auto add = [&](const secret_key& key) {
    key.with([&](std::span<const std::byte, secret_key::size> bytes) { to.raw(bytes); });
  };
  to.bytes.reserve(plain_bytes);
  add(identity.key);
  to.number(std::uint8_t{identity.former.has_value()});
  if (identity.former) {
    to.raw(identity.former->agent);
    add(identity.former->key);
  }
  to.bytes.resize(plain_bytes);
  return std::move(to.bytes);
}

tl::unexpected<error> damaged() { return fail(errc::malformed, "It is damaged."); }

bool has_good_sum(std::span<const std::byte> bytes) {
  digest sum;
  std::memcpy(sum.bytes.data(), bytes.last(sum_bytes).data(), sum_bytes);
  return equal(sum, blake2b_256(bytes.first(bytes.size() - sum_bytes)));
}

result<key_file> parse_first_version(std::span<std::byte> bytes) {
  if (bytes.size() < first_version_bytes) return fail(errc::malformed, "It is cut off.");
  if (bytes.size() != first_version_bytes || !has_good_sum(bytes)) return damaged();
  reader from{bytes.subspan(magic.size() + 2)};
  if (from.number<std::uint16_t>() != 0) return damaged();
  const auto enrolled = from.number<std::uint8_t>();
  if (enrolled > 1) return damaged();
  key_file file;
  file.enrolled = enrolled == 1;
  file.agent = from.id();
  file.open = secret_key::take(bytes.last<secret_key::size + sum_bytes>().first<secret_key::size>());
  return file;
}

result<key_file> parse(std::span<std::byte> bytes) {
  if (bytes.size() < magic.size() || std::memcmp(bytes.data(), magic.data(), magic.size()) != 0)
    return fail(errc::malformed, "It is not a machine key file.");
  reader from{bytes.subspan(magic.size())};
  const auto version = from.number<std::uint16_t>();
  if (!from.good) return fail(errc::malformed, "It is cut off.");
  if (version == 1) return parse_first_version(bytes);
  if (version != 2) return fail(errc::unsupported, "It was made by a newer version of this program.");
  const auto total = from.number<std::uint32_t>();
  if (!from.good || bytes.size() < total) return fail(errc::malformed, "It is cut off.");
  if (bytes.size() != total || total < sum_bytes || !has_good_sum(bytes)) return damaged();
  from.left = from.left.first(from.left.size() - sum_bytes);

  key_file file;
  const auto enrolled = from.number<std::uint8_t>();
  file.enrolled = enrolled == 1;
  file.agent = from.id();
  const std::size_t boards = from.number<std::uint8_t>(), disks = from.number<std::uint8_t>();
  if (!from.good || enrolled > 1 || boards > most_serials || disks > most_serials) return damaged();
  for (std::size_t i = 0; i < boards + disks; ++i) {
    serial_number one{from.text(), from.text()};
    (i < boards ? file.known.boards : file.known.disks).push_back(std::move(one));
  }
  const std::size_t parts = from.number<std::uint8_t>();
  if (!from.good || parts == 0 || parts > most_parts) return damaged();
  for (std::size_t i = 0; i < parts; ++i) {
    const auto protection = from.number<std::uint16_t>();
    const auto blob = from.take(from.number<std::uint16_t>());
    if (!from.good || protection < 1 || protection > static_cast<std::uint16_t>(key_protection::tpm2))
      return damaged();
    file.parts.push_back({static_cast<key_protection>(protection), {blob.begin(), blob.end()}, {}});
  }
  file.head.assign(bytes.begin(), bytes.begin() + (from.left.data() - bytes.data()));
  for (auto& each : file.parts) {
    const auto sealed = from.take(plain_bytes + seal_overhead_bytes);
    each.sealed.assign(sealed.begin(), sealed.end());
  }
  if (!from.good || !from.left.empty()) return damaged();
  return file;
}

} // namespace

private_bytes encode_key_file(const machine_identity& identity, const hardware& known,
                              std::span<const key_wrapping> wrappings) {
  writer to;
  to.raw(std::as_bytes(std::span{magic}));
  to.number(std::uint16_t{2});
  to.number(std::uint32_t{0}); // the whole, known below
  to.number(std::uint8_t{identity.enrolled});
  to.raw(identity.agent);
  to.number(static_cast<std::uint8_t>(std::min(known.boards.size(), most_serials)));
  to.number(static_cast<std::uint8_t>(std::min(known.disks.size(), most_serials)));
  write(to, known.boards);
  write(to, known.disks);
  to.number(static_cast<std::uint8_t>(wrappings.size()));
  for (const auto& each : wrappings) {
    to.number(static_cast<std::uint16_t>(each.protection));
    to.number(static_cast<std::uint16_t>(each.blob.size()));
    to.raw(each.blob);
  }
  const auto bytes = to.bytes.size() + wrappings.size() * (plain_bytes + seal_overhead_bytes) + sum_bytes;
  for (std::size_t i = 0; i < 4; ++i)
    to.bytes[at_total + i] = static_cast<std::byte>(bytes >> (8 * (3 - i)));
  const private_bytes head = to.bytes;
  const auto plain = plain_of(identity);
  for (const auto& each : wrappings)
    to.raw(seal(each.key, plain, head).bytes);
  const auto sum = blake2b_256(std::span<const std::byte>{to.bytes});
  to.raw(std::as_bytes(std::span{sum.bytes}));
  return std::move(to.bytes);
}

result<key_file> parse_key_file(std::span<std::byte> bytes) {
  auto file = parse(bytes);
  detail::wipe(bytes.data(), bytes.size());
  return file;
}

result<machine_identity> open_key_file(const key_file& file, std::size_t part, const secret_key& key) {
  const auto& sealed = file.parts.at(part).sealed;
  auto plain = unseal(key, sealed_chunk{{sealed.begin(), sealed.end()}}, file.head);
  if (!plain) return tl::unexpected(plain.error());
  if (plain->size() != plain_bytes) return damaged();
  const std::span<std::byte> bytes{*plain};
  auto own = secret_key::take(bytes.first<secret_key::size>());
  machine_identity identity{file.agent, std::move(own), file.enrolled, std::nullopt};
  if (bytes[secret_key::size] == std::byte{1}) {
    uuid agent;
    std::memcpy(agent.bytes.data(), bytes.data() + secret_key::size + 1, uuid_bytes);
    identity.former.emplace(former_identity{agent, secret_key::take(bytes.last<secret_key::size>())});
  }
  return identity;
}

} // namespace tier2
