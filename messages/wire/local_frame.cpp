#include "messages/wire/local_frame.hpp"

#include "messages/wire/big_endian.hpp"

#include <cstring>
#include <utility>

namespace tier2::wire {

namespace {
result<void> check_lengths(std::size_t json, std::size_t bulk) {
  if (json == 0) return fail(errc::malformed, "A message of the local link was refused: it holds no JSON.");
  if (json > max_local_json_bytes)
    return fail(errc::too_large, "A message of the local link was refused: " + std::to_string(json) +
                                     " bytes of JSON, at most 1048576 are allowed.");
  if (bulk > max_local_bulk_bytes)
    return fail(errc::too_large, "A message of the local link was refused: " + std::to_string(bulk) +
                                     " bytes beside the JSON, at most 262144 are allowed.");
  return {};
}
} // namespace

result<std::vector<std::byte>> encode(const local_message& message) {
  if (auto fine = check_lengths(message.json.size(), message.bulk.size()); !fine)
    return tl::unexpected<error>(fine.error());
  std::vector<std::byte> bytes;
  bytes.reserve(local_header_bytes + message.json.size() + message.bulk.size());
  append_big_endian(bytes, static_cast<std::uint32_t>(message.json.size()));
  append_big_endian(bytes, static_cast<std::uint32_t>(message.bulk.size()));
  const auto json = std::as_bytes(std::span{message.json});
  bytes.insert(bytes.end(), json.begin(), json.end());
  bytes.insert(bytes.end(), message.bulk.begin(), message.bulk.end());
  return bytes;
}

void local_frame_reader::feed(std::span<const std::byte> bytes) {
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(read_));
  read_ = 0;
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

result<std::optional<local_message>> local_frame_reader::next() {
  const auto left = std::span{std::as_const(buffer_)}.subspan(read_);
  if (left.size() < local_header_bytes) return std::nullopt;
  const std::size_t json_bytes = read_big_endian<std::uint32_t>(left);
  const std::size_t bulk_bytes = read_big_endian<std::uint32_t>(left.subspan(4));
  if (auto fine = check_lengths(json_bytes, bulk_bytes); !fine) return tl::unexpected<error>(fine.error());
  const auto body = left.subspan(local_header_bytes);
  if (body.size() < json_bytes + bulk_bytes) return std::nullopt;
  local_message message;
  message.json.resize(json_bytes);
  std::memcpy(message.json.data(), body.data(), json_bytes);
  const auto bulk = body.subspan(json_bytes, bulk_bytes);
  message.bulk.assign(bulk.begin(), bulk.end());
  read_ += local_header_bytes + json_bytes + bulk_bytes;
  return message;
}

} // namespace tier2::wire
