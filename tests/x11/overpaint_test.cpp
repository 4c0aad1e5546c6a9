#include "platform/x11/overpaint.hpp"
#include "platform/x11/resources.hpp"

#include <cstring>
#include <doctest/doctest.h>
#include <limits>
#include <vector>

using namespace tier2::x11;

namespace {

constexpr std::uint32_t untouched = 0x123456;

struct sheet {
  std::uint32_t width, height;
  std::vector<std::uint32_t> dots = std::vector<std::uint32_t>(std::size_t{width} * height, untouched);
  bool cover(const rectangle& place) {
    return overpaint(std::as_writable_bytes(std::span{dots}), width, height, place);
  }
  /// True when exactly the dots of this rectangle have changed.
  bool covers_only(std::uint32_t left, std::uint32_t top, std::uint32_t right, std::uint32_t bottom) const {
    for (std::uint32_t y = 0; y < height; ++y)
      for (std::uint32_t x = 0; x < width; ++x) {
        const bool inside = x >= left && x < right && y >= top && y < bottom;
        if ((dots[std::size_t{y} * width + x] != untouched) != inside) return false;
      }
    return true;
  }
};

} // namespace

TEST_CASE("exactly the rectangle is painted over, cut at the picture's edges") {
  sheet plain{40, 30};
  CHECK(plain.cover({5, 6, 7, 8}));
  CHECK(plain.covers_only(5, 6, 12, 14));
  sheet corner{40, 30};
  CHECK(corner.cover({-3, -4, 10, 10}));
  CHECK(corner.covers_only(0, 0, 7, 6));
  sheet end{40, 30};
  CHECK(end.cover({39, 29, 1, 1}));
  CHECK(end.covers_only(39, 29, 40, 30));
  sheet all{40, 30};
  constexpr auto lowest = std::numeric_limits<std::int32_t>::min();
  CHECK(all.cover({lowest, lowest, std::numeric_limits<std::uint32_t>::max(),
                   std::numeric_limits<std::uint32_t>::max()}));
  CHECK(all.covers_only(0, 0, 40, 30));
}

TEST_CASE("what lies outside of the picture changes nothing") {
  sheet plain{40, 30};
  for (const auto& place : {rectangle{40, 0, 5, 5}, rectangle{0, 30, 5, 5}, rectangle{-5, 0, 5, 5},
                            rectangle{0, -5, 5, 5}, rectangle{5, 5, 0, 5}, rectangle{5, 5, 5, 0}})
    CHECK_FALSE(plain.cover(place));
  CHECK(plain.covers_only(0, 0, 0, 0));
  sheet nothing{0, 0};
  CHECK_FALSE(nothing.cover({0, 0, 5, 5}));
}

TEST_CASE("a picture of one colour is told from one with a single other dot, wherever that is") {
  std::vector<std::uint32_t> dots(5000, 0x00334455);
  const auto bytes = std::as_bytes(std::span{dots});
  CHECK(is_one_colour(bytes));
  dots[17] |= 0xff000000; // the unused byte means nothing
  CHECK(is_one_colour(bytes));
  for (const std::size_t at :
       {std::size_t{0}, std::size_t{1}, std::size_t{1023}, std::size_t{1024}, std::size_t{4999}}) {
    dots[at] ^= 1;
    CHECK_FALSE(is_one_colour(bytes));
    dots[at] ^= 1;
  }
  CHECK(is_one_colour({}));
}

TEST_CASE("the scale is Xft.dpi by 96, or 1 where that makes no sense") {
  CHECK(scale_of("") == 1);
  CHECK(scale_of("Xft.dpi:\t192\n") == 2);
  CHECK(scale_of("Xft.antialias: 1\nXft.dpi: 144") == 1.5);
  CHECK(scale_of("Xft.dpi:100.8\n") == 1.05);
  CHECK(scale_of("Xft.dpi:\t109\n") == 1.14);
  for (const auto* text :
       {"Xft.dpi:", "Xft.dpi:\t", "Xft.dpi: many", "Xft.dpi: 0", "Xft.dpi: -96", "Xft.dpi: 1e9",
        "Xft.dpi: nan", "Xft.dpi: inf", "!Xft.dpi: 192", "xXft.dpi: 192", "Xft.dpi"})
    CHECK_MESSAGE(scale_of(text) == 1, text);
}
