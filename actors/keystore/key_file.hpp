#pragma once

#include "messages/uuid.hpp"
#include "messages/wiping_allocator.hpp"
#include "platform/key_protector.hpp"
#include "platform/secure_memory.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tier2 {

/// An agent that this machine was before its hardware changed.
struct former_identity {
  uuid agent;
  secret_key key;
};

/// Who this machine is, its 256-bit key, and whether a cloud has taken it in.
struct machine_identity {
  uuid agent;
  secret_key key;
  bool enrolled{};
  std::optional<former_identity> former{}; ///< Until a cloud has confirmed the present one.
};

/// How the file seals: a wrapping key, what keeps it, and its blob.
struct key_wrapping {
  key_protection protection{};
  secret_key key;
  std::vector<std::byte> blob;
};

/// What a file says without any key.
struct key_file {
  struct sealed_part {
    key_protection protection{};
    std::vector<std::byte> blob;
    std::vector<std::byte> sealed;
  };
  uuid agent;
  bool enrolled{};
  hardware known;                 ///< Without placeholders, when the key was made or the file last written.
  std::vector<sealed_part> parts; ///< One or two, strongest first; none of a version 1 file, which lies open.
  std::optional<secret_key> open; ///< Of a version 1 file.
  std::vector<std::byte> head;    ///< What the seals hold on to.
};

/// The file, version 2, big endian: "tier2key", u16 version, u32 bytes of the whole, u8 enrolled, uuid agent,
/// u8 boards, u8 disks, each serial number as u8 length and source, u8 length and text; u8 parts, each as u16
/// protection, u16 length and blob; then, for each part, the sealed keys (XChaCha20-Poly1305 with all before
/// the first seal as context): 32 bytes key, u8 whether there is a former identity, its uuid and 32 bytes key
/// or zeros; 32 bytes BLAKE2b-256 of all before. Version 1 had no parts: u16 version = 1, u16 0, u8 enrolled,
/// uuid agent, 32 bytes key, 32 bytes BLAKE2b-256.
private_bytes encode_key_file(const machine_identity& identity, const hardware& known,
                              std::span<const key_wrapping> wrappings);

inline constexpr std::size_t max_key_file_bytes = 64U << 10U;
/// `malformed` tells apart: not a key file, cut off, damaged; `unsupported`: made by a newer version. The
/// bytes are wiped.
result<key_file> parse_key_file(std::span<std::byte> bytes);
/// The identity of one part. `crypto_failed`: the key is another one, or somebody changed the file.
result<machine_identity> open_key_file(const key_file& file, std::size_t part, const secret_key& key);

} // namespace tier2
