#pragma once

#include "messages/error.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace tier2 {

/// A BLAKE2b-256 digest (RFC 7693).
struct digest {
  std::array<std::uint8_t, 32> bytes{};
  auto operator<=>(const digest&) const = default;
};

/// 64 lower-case hex digits.
std::string to_string(const digest& value);
/// Accepts exactly 64 lower-case hex digits, else `malformed`.
result<digest> parse_digest(std::string_view text);

} // namespace tier2
