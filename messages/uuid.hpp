#pragma once

#include "messages/error.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace tier2 {

/// A UUID (RFC 4122), in network byte order where binary. The nil UUID stands for "none".
struct uuid {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const uuid&) const = default;
  bool is_nil() const { return *this == uuid{}; }
};

/// Lower case, 8-4-4-4-12.
std::string to_string(const uuid& id);
/// Accepts exactly what `to_string` writes; upper case, braces and other forms are `malformed`.
result<uuid> parse_uuid(std::string_view text);

} // namespace tier2
