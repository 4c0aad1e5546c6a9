#pragma once

#include "messages/command.hpp"
#include "messages/wiping_allocator.hpp"
#include "platform/append_file.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

/// The bytes of the command journal, version 1, big endian.
///
/// Header, 80 bytes: "tier2jnl", u16 version = 1, 6 bytes zero, u64 inode, i64 birth, i64 written
/// (milliseconds), i64 refuse_issued, i64 refuse_expiring, i64 latest_issued, 16 bytes sum. Records, 256
/// bytes each: u8 kind, uuid jti, i64 expires, i64 issued, i64 at (milliseconds), of an exit: u8 reason, u8
/// flags, i64 code, i32 signal, u64 duration, u64 stdout, u64 stderr, u8 and 160 bytes detail; zeros; 16
/// bytes sum. Each sum is BLAKE2b-256, cut to 16 bytes, over the sum before and the bytes: nothing can be
/// taken out, put in or moved without notice.
namespace tier2::journal {

inline constexpr std::size_t header_bytes = 80, record_bytes = 256, sum_bytes = 16;
using sum = std::array<std::byte, sum_bytes>;

struct header {
  file_identity file;
  wall_time written{};
  unix_seconds refuse_issued{};   ///< Commands issued at or before it are refused.
  unix_seconds refuse_expiring{}; ///< Commands that expire at or before it are refused.
  unix_seconds latest_issued{};   ///< Of the commands that were accepted, with those forgotten since.
  bool operator==(const header&) const = default;
};

enum class kind : std::uint8_t {
  accepted = 1,    ///< May be started.
  ended,           ///< With its exit.
  output_complete, ///< The cloud has all of its output.
  acknowledged,    ///< The cloud has its exit.
};

struct record {
  journal::kind kind{};
  uuid jti;
  unix_seconds expires{}, issued{}; ///< Of an acceptance.
  wall_time at{};
  command_exit how; ///< Of an end; its detail is cut to 160 bytes.
  bool operator==(const record&) const = default;
};

/// Appends the bytes and carries the sum on.
private_bytes encode(const header& value, sum& chain);
private_bytes encode(const record& value, sum& chain);

/// What a file holds. `damaged` says what is wrong, empty if nothing is; records before the damage are there.
struct content {
  std::optional<journal::header> header;
  std::vector<record> records;
  sum chain{};
  std::string damaged;
  /// The file ended within a record, as a crash while appending leaves it: never acted upon, so no damage.
  bool torn{};
};
content decode(std::span<const std::byte> bytes);

} // namespace tier2::journal
