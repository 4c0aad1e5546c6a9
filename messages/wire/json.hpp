#pragma once

#include "messages/error.hpp"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

/// JSON (RFC 8259) from and for peers that are not trusted. Nothing here throws but for want of memory.
namespace tier2::wire {

/// Integers must be below 2^53, so that every JSON library reads them exactly (RFC 7493 section 2.2).
inline constexpr std::uint64_t max_json_integer = (1ULL << 53U) - 1;

/// `too_large` above `max_bytes` or deeper than `max_depth` containers, noticed while parsing; `malformed`,
/// with the position, for bad syntax, invalid UTF-8, a byte order mark, bytes after the end, numbers that no
/// double holds, or two members of one name in an object.
result<nlohmann::json> parse_json(std::string_view text, std::size_t max_bytes, int max_depth);

/// Without white space, members in their order; what is not valid UTF-8 becomes U+FFFD.
std::string dump_json(const nlohmann::ordered_json& value);

/// The text as valid UTF-8 (each wrong sequence is one U+FFFD), cut between characters to at most
/// `max_bytes`.
std::string valid_utf8(std::string_view text, std::size_t max_bytes);

} // namespace tier2::wire
