#include "messages/wire/binary_frame.hpp"

#include "messages/wire/big_endian.hpp"

#include <algorithm>
#include <string>

namespace tier2::wire {

namespace {
constexpr std::uint64_t max_offset = (1ULL << 53U) - 1;
constexpr std::size_t id_at = 1;
constexpr std::size_t part_at = id_at + 16;
constexpr std::size_t offset_at = part_at + 4;
} // namespace

std::vector<std::byte> encode(const binary_frame& frame) {
  std::vector<std::byte> bytes;
  bytes.reserve(binary_header_bytes + frame.payload.size());
  bytes.push_back(static_cast<std::byte>(frame.kind));
  for (const auto byte : frame.id.bytes)
    bytes.push_back(static_cast<std::byte>(byte));
  append_big_endian(bytes, frame.part);
  append_big_endian(bytes, frame.offset);
  bytes.insert(bytes.end(), frame.payload.begin(), frame.payload.end());
  return bytes;
}

result<binary_frame> decode_binary_frame(std::span<const std::byte> bytes) {
  if (bytes.size() <= binary_header_bytes)
    return fail(errc::malformed, "A binary frame of " + std::to_string(bytes.size()) +
                                     " bytes was refused: its header has 29 and a payload follows.");
  if (bytes.size() > binary_header_bytes + max_payload_bytes)
    return fail(errc::too_large, "A binary frame of " + std::to_string(bytes.size()) +
                                     " bytes was refused: its payload may have 262144.");
  binary_frame frame;
  const auto kind = std::to_integer<std::uint8_t>(bytes[0]);
  if (kind < static_cast<std::uint8_t>(frame_kind::output) ||
      kind > static_cast<std::uint8_t>(frame_kind::pack))
    return fail(errc::malformed,
                "A binary frame of the unknown kind " + std::to_string(kind) + " was refused.");
  frame.kind = static_cast<frame_kind>(kind);
  std::ranges::transform(bytes.subspan(id_at, frame.id.bytes.size()), frame.id.bytes.begin(),
                         [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
  frame.part = read_big_endian<std::uint32_t>(bytes.subspan(part_at));
  frame.offset = read_big_endian<std::uint64_t>(bytes.subspan(offset_at));
  frame.payload = bytes.subspan(binary_header_bytes);
  if (frame.offset > max_offset - frame.payload.size())
    return fail(errc::malformed, "A binary frame was refused: its bytes would lie beyond offset 2^53.");
  return frame;
}

} // namespace tier2::wire
