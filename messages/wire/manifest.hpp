#pragma once

#include "messages/ticket.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tier2::wire {

/// Bounds that both sides keep; the cloud's configuration may be stricter.
inline constexpr std::size_t max_manifest_bytes = 700U << 10U; ///< So that its base64url fits a text frame.
inline constexpr std::uint32_t max_parts = 4096;
inline constexpr std::size_t max_name_bytes = 255;
inline constexpr std::size_t max_form_text_bytes = 64U << 10U;

/// The manifest's JSON (protocol, section 3), members in the order shown there; the same value always gives
/// the same bytes.
std::string encode(const ticket_manifest& manifest);
/// Hostile input: `malformed` says which member. Parts must count up from 0, names must be plain file names,
/// steps must name parts that exist; invalid UTF-8 is refused; unknown members are ignored.
result<ticket_manifest> decode_manifest(std::string_view json);

/// The media types that a part may have; any other is `application/octet-stream`.
bool is_allowed_media_type(std::string_view type);

/// RFC 3339 in UTC with milliseconds: 2026-01-02T03:04:05.678Z.
std::string to_rfc3339(wall_time at);
result<wall_time> parse_rfc3339(std::string_view text);

/// RFC 4648 section 5 without padding; decoding is canonical: anything else is `malformed`.
std::string to_base64url(std::string_view bytes);
result<std::string> parse_base64url(std::string_view text);

} // namespace tier2::wire
