#include "actors/command/journal_format.hpp"

#include "messages/wire/big_endian.hpp"
#include "messages/wire/json.hpp"
#include "platform/crypto/digest.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace tier2::journal {

namespace {

constexpr std::string_view magic = "tier2jnl";
constexpr std::uint8_t flag_truncated = 1, flag_output_lost = 2;
constexpr std::size_t most_detail_bytes = 160;

sum next_sum(const sum& before, std::span<const std::byte> bytes) {
  private_bytes both(before.begin(), before.end());
  both.insert(both.end(), bytes.begin(), bytes.end());
  const auto whole = blake2b_256(std::span<const std::byte>{both});
  sum cut;
  std::memcpy(cut.data(), whole.bytes.data(), cut.size());
  return cut;
}

class writer {
public:
  explicit writer(std::size_t size) : size_{size} { bytes_.reserve(size); }
  template <class Integer>
  void number(Integer value) {
    wire::append_big_endian(bytes_, static_cast<std::make_unsigned_t<Integer>>(value));
  }
  void raw(const void* from, std::size_t count) {
    const auto* bytes = static_cast<const std::byte*>(from);
    bytes_.insert(bytes_.end(), bytes, bytes + count);
  }
  private_bytes finish(sum& chain) && {
    bytes_.resize(size_ - sum_bytes);
    chain = next_sum(chain, bytes_);
    raw(chain.data(), chain.size());
    return std::move(bytes_);
  }

private:
  std::size_t size_;
  private_bytes bytes_;
};

class reader {
public:
  explicit reader(std::span<const std::byte> bytes) : bytes_{bytes} {}
  template <class Integer>
  Integer number() {
    return static_cast<Integer>(wire::read_big_endian<std::make_unsigned_t<Integer>>(take(sizeof(Integer))));
  }
  std::span<const std::byte> take(std::size_t count) {
    const auto taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }

private:
  std::span<const std::byte> bytes_;
};

unix_seconds seconds(std::int64_t count) { return unix_seconds{std::chrono::seconds{count}}; }

std::int64_t to_milliseconds(wall_time at) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

/// Nothing for what no version of this program writes.
std::optional<record> decode_record(std::span<const std::byte> bytes) {
  reader from{bytes};
  record value;
  const auto kind_number = from.number<std::uint8_t>();
  if (kind_number < 1 || kind_number > static_cast<std::uint8_t>(kind::acknowledged)) return std::nullopt;
  value.kind = static_cast<kind>(kind_number);
  std::memcpy(value.jti.bytes.data(), from.take(16).data(), 16);
  value.expires = seconds(from.number<std::int64_t>());
  value.issued = seconds(from.number<std::int64_t>());
  value.at = wall_time{std::chrono::milliseconds{from.number<std::int64_t>()}};
  const auto reason = from.number<std::uint8_t>();
  const auto flags = from.number<std::uint8_t>();
  value.how.code = from.number<std::int64_t>();
  value.how.signal = from.number<std::int32_t>();
  value.how.duration_ms = from.number<std::uint64_t>();
  value.how.stdout_bytes = from.number<std::uint64_t>();
  value.how.stderr_bytes = from.number<std::uint64_t>();
  const auto detail_bytes = from.number<std::uint8_t>();
  if (value.kind == kind::ended) {
    if (reason < 1 || reason > static_cast<std::uint8_t>(exit_reason::interrupted) ||
        detail_bytes > most_detail_bytes)
      return std::nullopt;
    value.how.reason = static_cast<exit_reason>(reason);
    value.how.truncated = (flags & flag_truncated) != 0;
    value.how.output_lost = (flags & flag_output_lost) != 0;
    const auto detail = from.take(detail_bytes);
    value.how.detail.assign(reinterpret_cast<const char*>(detail.data()), detail.size());
  }
  return value;
}

} // namespace

private_bytes encode(const header& value, sum& chain) {
  chain = {};
  writer to{header_bytes};
  to.raw(magic.data(), magic.size());
  to.number(std::uint16_t{1});
  to.number(std::uint16_t{0});
  to.number(std::uint32_t{0});
  to.number(value.file.number);
  to.number(value.file.born);
  to.number(to_milliseconds(value.written));
  to.number(static_cast<std::int64_t>(value.refuse_issued.time_since_epoch().count()));
  to.number(static_cast<std::int64_t>(value.refuse_expiring.time_since_epoch().count()));
  to.number(static_cast<std::int64_t>(value.latest_issued.time_since_epoch().count()));
  return std::move(to).finish(chain);
}

private_bytes encode(const record& value, sum& chain) {
  writer to{record_bytes};
  to.number(static_cast<std::uint8_t>(value.kind));
  to.raw(value.jti.bytes.data(), value.jti.bytes.size());
  to.number(static_cast<std::int64_t>(value.expires.time_since_epoch().count()));
  to.number(static_cast<std::int64_t>(value.issued.time_since_epoch().count()));
  to.number(to_milliseconds(value.at));
  if (value.kind == kind::ended) {
    const auto& how = value.how;
    const auto detail = wire::valid_utf8(how.detail, most_detail_bytes);
    to.number(static_cast<std::uint8_t>(how.reason));
    to.number(static_cast<std::uint8_t>((how.truncated ? flag_truncated : 0U) |
                                        (how.output_lost ? flag_output_lost : 0U)));
    to.number(how.code);
    to.number(how.signal);
    to.number(how.duration_ms);
    to.number(how.stdout_bytes);
    to.number(how.stderr_bytes);
    to.number(static_cast<std::uint8_t>(detail.size()));
    to.raw(detail.data(), detail.size());
  }
  return std::move(to).finish(chain);
}

content decode(std::span<const std::byte> bytes) {
  content found;
  if (bytes.size() < header_bytes || std::memcmp(bytes.data(), magic.data(), magic.size()) != 0) {
    found.damaged = "it does not begin as a command journal does";
    return found;
  }
  const auto begin = bytes.first(header_bytes - sum_bytes);
  found.chain = next_sum({}, begin);
  if (!std::ranges::equal(found.chain, bytes.subspan(begin.size(), sum_bytes))) {
    found.damaged = "its header is damaged";
    return found;
  }
  reader from{begin.subspan(magic.size())};
  if (from.number<std::uint16_t>() != 1) {
    found.damaged = "a newer version of this program wrote it";
    return found;
  }
  from.take(6);
  header head;
  head.file.number = from.number<std::uint64_t>();
  head.file.born = from.number<std::int64_t>();
  head.written = wall_time{std::chrono::milliseconds{from.number<std::int64_t>()}};
  head.refuse_issued = seconds(from.number<std::int64_t>());
  head.refuse_expiring = seconds(from.number<std::int64_t>());
  head.latest_issued = seconds(from.number<std::int64_t>());
  found.header = head;

  auto rest = bytes.subspan(header_bytes);
  for (; rest.size() >= record_bytes; rest = rest.subspan(record_bytes)) {
    const auto body = rest.first(record_bytes - sum_bytes);
    const auto chain = next_sum(found.chain, body);
    auto value = decode_record(body);
    if (!value || !std::ranges::equal(chain, rest.subspan(body.size(), sum_bytes))) {
      // A power cut may leave the length of the last record without its bytes; it was not synced, so not
      // acted upon.
      const bool empty = std::ranges::all_of(rest, [](std::byte each) { return each == std::byte{0}; });
      if (empty && rest.size() < 2 * record_bytes)
        found.torn = true;
      else
        found.damaged = "record " + std::to_string(found.records.size() + 1) + " is damaged";
      return found;
    }
    found.chain = chain;
    found.records.push_back(std::move(*value));
  }
  found.torn = !rest.empty();
  return found;
}

} // namespace tier2::journal
