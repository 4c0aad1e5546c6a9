#pragma once

#include "messages/frame.hpp"

#include <cstdint>
#include <random>
#include <vector>

/// Pictures for tests, as a screen would give them.
namespace pictures {

/// `draw(x, y)` gives 0xXXRRGGBB, X included; the padding of each row is rubbish.
template <class Draw>
tier2::pixels make(std::uint32_t width, std::uint32_t height, Draw draw, std::uint32_t padding = 0) {
  const auto stride = width * 4 + padding;
  auto memory = std::make_shared<std::vector<std::byte>>(std::size_t{stride} * height, std::byte{0xa5});
  for (std::uint32_t y = 0; y < height; ++y) {
    auto* at = memory->data() + std::size_t{y} * stride;
    for (std::uint32_t x = 0; x < width; ++x, at += 4) {
      const std::uint32_t value = draw(x, y);
      for (unsigned i = 0; i < 4; ++i)
        at[i] = static_cast<std::byte>(value >> (8 * i));
    }
  }
  return {width, height, stride, *memory, memory};
}

/// Nothing that a compressor could find, rubbish in the X byte too.
inline auto noise(std::uint64_t seed) {
  return [random = std::mt19937_64{seed}](std::uint32_t, std::uint32_t) mutable {
    return static_cast<std::uint32_t>(random());
  };
}

inline auto flat(std::uint32_t colour) {
  return [colour](std::uint32_t, std::uint32_t) { return colour; };
}

/// A little like a desktop: windows of flat colour with lines of something like text, a gradient behind them.
inline std::uint32_t desktop(std::uint32_t x, std::uint32_t y) {
  if (x / 200 % 3 == 1 && y / 150 % 2 == 1)
    return (x * 7 + y / 16 * 31) % 13 < 4 && y % 16 < 11 ? 0x202020U : 0xf5f5f5U;
  return (x * 255 / 8192) << 16U | (y * 255 / 4096) << 8U | 0x60U;
}

/// The pixel without its X byte, 0x00RRGGBB.
inline std::uint32_t at(const tier2::pixels& image, std::uint32_t x, std::uint32_t y) {
  const auto* from = image.bytes.data() + std::size_t{y} * image.stride + std::size_t{x} * 4;
  return std::to_integer<std::uint32_t>(from[2]) << 16U | std::to_integer<std::uint32_t>(from[1]) << 8U |
         std::to_integer<std::uint32_t>(from[0]);
}

} // namespace pictures
