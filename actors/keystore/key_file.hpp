#pragma once

#include "messages/uuid.hpp"
#include "messages/wiping_allocator.hpp"
#include "platform/secure_memory.hpp"

#include <cstdint>
#include <span>

namespace tier2 {

/// What the key file holds: who this machine is, its 256-bit key, and whether a cloud has taken it in.
struct machine_identity {
  uuid agent;
  secret_key key;
  bool enrolled{false};
};

/// The file, version 1: "tier2key", u16 version = 1, u16 wrapping = 0 (the key lies open; the file's
/// permissions protect it), u8 enrolled, 16 bytes agent id, 32 bytes key, 32 bytes BLAKE2b-256 of all before.
/// Big endian.
inline constexpr std::size_t key_file_bytes = 8 + 2 + 2 + 1 + 16 + 32 + 32;

private_bytes encode_key_file(const machine_identity& identity);
/// `malformed` tells apart: not a key file, another version or wrapping (made by a newer program), cut off,
/// damaged. The bytes are wiped.
result<machine_identity> decode_key_file(std::span<std::byte> bytes);

} // namespace tier2
