#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace tier2::test {

/// B8G8R8X8 without gaps between rows.
struct picture {
  std::uint16_t width{};
  std::uint16_t height{};
  std::vector<std::uint32_t> dots;
};

/// Every dot another colour, so that not one can be missed; the same for the same seed.
inline picture noise(std::uint16_t width, std::uint16_t height, std::uint32_t seed) {
  picture made{width, height, std::vector<std::uint32_t>(std::size_t{width} * height)};
  std::mt19937 generator{seed};
  for (auto& dot : made.dots)
    dot = static_cast<std::uint32_t>(generator()) & 0xffffffU;
  return made;
}

} // namespace tier2::test
