#pragma once

#include "messages/error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tier2::wire {

inline constexpr std::size_t local_header_bytes = 8;
inline constexpr std::size_t max_local_json_bytes = 1U << 20U;
inline constexpr std::size_t max_local_bulk_bytes = 256U << 10U;

/// One message of the local link: JSON and, for ticket parts, bulk bytes (protocol, section 4).
struct local_message {
  std::string json;
  std::vector<std::byte> bulk;
  bool operator==(const local_message&) const = default;
};

/// u32 length of JSON, u32 length of bulk (big endian), JSON, bulk. `too_large` above either bound.
result<std::vector<std::byte>> encode(const local_message& message);

/// Puts a byte stream back into messages. After an error the stream is of no more use: close the link.
class local_frame_reader {
public:
  /// Takes what arrived; keeps at most one incomplete message.
  void feed(std::span<const std::byte> bytes);
  /// The next whole message, nothing when more bytes are needed, `too_large` when a length is above its bound
  /// (noticed from the eight header bytes, before anything is allocated) and `malformed` for empty JSON.
  result<std::optional<local_message>> next();

private:
  std::vector<std::byte> buffer_;
  std::size_t read_{};
};

} // namespace tier2::wire
