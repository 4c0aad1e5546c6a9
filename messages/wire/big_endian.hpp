#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <vector>

namespace tier2::wire {

/// Appends the most significant byte first.
template <std::unsigned_integral T, class Allocator>
void append_big_endian(std::vector<std::byte, Allocator>& to, T value) {
  for (std::size_t left = sizeof(T); left-- > 0;)
    to.push_back(static_cast<std::byte>(value >> (8 * left)));
}

/// Reads the first sizeof(T) bytes; there must be so many.
template <std::unsigned_integral T>
T read_big_endian(std::span<const std::byte> from) {
  T value{};
  for (const auto byte : from.first(sizeof(T)))
    value = static_cast<T>(value << 8U | std::to_integer<T>(byte));
  return value;
}

} // namespace tier2::wire
