#include "platform/x11/overpaint.hpp"

#include <algorithm>
#include <cstring>

namespace tier2::x11 {

namespace {

constexpr std::uint32_t ground = 0x5f6770;
constexpr std::uint32_t line = 0x7c858f;
constexpr std::int64_t spacing = 16;
constexpr std::int64_t thickness = 3;
constexpr std::uint32_t colours = 0x00ffffff;

/// One row of the hatch, long enough to begin at any of the `spacing` offsets.
void paint_row(std::byte* to, std::int64_t from_x, std::int64_t to_x, std::int64_t y) {
  for (auto x = from_x; x < to_x; ++x) {
    const auto colour = (x + y) % spacing < thickness ? line : ground;
    std::memcpy(to + (x - from_x) * 4, &colour, 4);
  }
}

} // namespace

bool overpaint(std::span<std::byte> pixels, std::uint32_t width, std::uint32_t height,
               const rectangle& place) {
  const auto left = std::max<std::int64_t>(place.x, 0);
  const auto top = std::max<std::int64_t>(place.y, 0);
  const auto right = std::min<std::int64_t>(std::int64_t{place.x} + place.width, width);
  const auto bottom = std::min<std::int64_t>(std::int64_t{place.y} + place.height, height);
  if (left >= right || top >= bottom) return false;
  for (auto y = top; y < bottom; ++y)
    paint_row(pixels.data() + (y * width + left) * 4, left, right, y);
  return true;
}

bool is_one_colour(std::span<const std::byte> pixels) {
  constexpr std::size_t block = 4096; // an ordinary picture is left after the first
  std::uint32_t first{};
  if (pixels.size() < 4) return true;
  std::memcpy(&first, pixels.data(), 4);
  for (std::size_t at = 0; at + 4 <= pixels.size();) {
    const auto end = std::min(at + block, pixels.size() - pixels.size() % 4);
    std::uint32_t differs = 0;
    for (; at < end; at += 4) {
      std::uint32_t dot{};
      std::memcpy(&dot, pixels.data() + at, 4);
      differs |= dot ^ first;
    }
    if ((differs & colours) != 0) return false;
  }
  return true;
}

} // namespace tier2::x11
