#pragma once

#include "messages/error.hpp"
#include "messages/uuid.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tier2::wire {

/// What a binary WebSocket frame carries (protocol, section 2).
enum class frame_kind : std::uint8_t { output = 1, ticket_part = 2, pack = 3 };

inline constexpr std::size_t binary_header_bytes = 1 + 16 + 4 + 8;
inline constexpr std::size_t max_payload_bytes = 256U << 10U;

/// u8 kind, u8[16] id, u32 part, u64 offset, payload of 1 byte to 256 KiB; big endian, offset below 2^53.
struct binary_frame {
  frame_kind kind{};
  uuid id;
  std::uint32_t part{};
  std::uint64_t offset{};
  std::span<const std::byte> payload; ///< Points into the bytes that were decoded.
};

std::vector<std::byte> encode(const binary_frame& frame);
/// `malformed` for a short frame, an unknown kind, an empty payload or a huge offset; `too_large` above the
/// bound.
result<binary_frame> decode_binary_frame(std::span<const std::byte> bytes);

} // namespace tier2::wire
