#include "platform/image.hpp"
#include "tests/platform/memory_scan.hpp"
#include "tests/platform/pictures.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <png.h>
#include <thread>

using namespace tier2;

namespace {

/// Decodes with libpng and compares each pixel; says the first difference, or nothing.
std::string difference(const private_bytes& file, const pixels& expected) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&image, file.data(), file.size()) == 0) return image.message;
  if (image.format != PNG_FORMAT_RGB) return "not 8-bit RGB";
  if (image.width != expected.width || image.height != expected.height) return "another size";
  std::vector<std::uint8_t> rgb(std::size_t{image.width} * image.height * 3);
  if (png_image_finish_read(&image, nullptr, rgb.data(), 0, nullptr) == 0) return image.message;
  const auto* from = rgb.data();
  for (std::uint32_t y = 0; y < expected.height; ++y)
    for (std::uint32_t x = 0; x < expected.width; ++x, from += 3)
      if ((std::uint32_t{from[0]} << 16U | std::uint32_t{from[1]} << 8U | from[2]) !=
          pictures::at(expected, x, y))
        return "pixel " + std::to_string(x) + "," + std::to_string(y);
  return {};
}

void check_exact(const pixels& image) {
  const auto file = encode_png(image);
  REQUIRE(file);
  CHECK(difference(*file, image) == "");
}

} // namespace

TEST_CASE("a PNG has exactly the pixels of the screen") {
  check_exact(pictures::make(1, 1, pictures::flat(0xff123456)));
  check_exact(pictures::make(1, 1, pictures::flat(0)));
  check_exact(pictures::make(3, 5, pictures::noise(1)));
  check_exact(pictures::make(1, 400, pictures::noise(2)));
  check_exact(pictures::make(400, 1, pictures::noise(3)));
  check_exact(pictures::make(641, 479, pictures::noise(4)));
  check_exact(pictures::make(641, 479, pictures::desktop));
}

TEST_CASE("rows may be further apart than they are long") {
  check_exact(pictures::make(33, 17, pictures::noise(5), 4));
  check_exact(pictures::make(33, 17, pictures::noise(6), 7));
}

TEST_CASE("the last row may end before its padding") {
  auto image = pictures::make(33, 17, pictures::noise(7), 64);
  image.bytes = image.bytes.first(image.bytes.size() - 64);
  check_exact(image);
}

TEST_CASE("a screen of 7680x2160 becomes a PNG") {
  check_exact(pictures::make(7680, 2160, pictures::desktop));
}

TEST_CASE("the widest and the highest picture become PNGs") {
  check_exact(pictures::make(max_picture_side, 2, pictures::desktop));
  check_exact(pictures::make(2, max_picture_side, pictures::desktop));
}

TEST_CASE("PNG files of a desktop are small") {
  const auto file = encode_png(pictures::make(640, 480, pictures::flat(0x336699)));
  REQUIRE(file);
  CHECK(file->size() < 640 * 480 * 3 / 100);
}

TEST_CASE("several threads make the same PNG as one") {
  const auto image = pictures::make(320, 200, pictures::desktop);
  const auto expected = encode_png(image);
  REQUIRE(expected);
  std::vector<std::thread> threads;
  std::vector<int> same(4);
  threads.reserve(same.size());
  for (auto& count : same)
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i)
        count += encode_png(image).value() == *expected ? 1 : 0;
    });
  for (auto& thread : threads)
    thread.join();
  CHECK(same == std::vector{10, 10, 10, 10});
}

TEST_CASE("pixels that are not where they should be are refused everywhere") {
  const auto refused = [](const pixels& image) {
    const auto is = [](const auto& outcome) {
      return !outcome && outcome.error().code == errc::invalid_argument;
    };
    const auto rgba = to_rgba(image, 0);
    return is(check_pixels(image)) && is(encode_png(image)) && is(encode_jpeg(image, 80)) &&
           rgba.width == 0 && rgba.bytes == nullptr;
  };
  const auto good = pictures::make(8, 4, pictures::flat(1));
  CHECK(check_pixels(good));
  const auto changed = [&](auto change) {
    auto image = good;
    change(image);
    return image;
  };
  CHECK(refused(changed([](pixels& image) { image.width = 0; })));
  CHECK(refused(changed([](pixels& image) { image.height = 0; })));
  CHECK(refused(changed([](pixels& image) { image.stride = 31; })));
  CHECK(refused(changed([](pixels& image) { image.height = 5; })));
  CHECK(refused(changed([](pixels& image) { image.stride = 0xffffffff; })));
  CHECK(refused(changed([](pixels& image) { image.bytes = image.bytes.first(image.bytes.size() - 1); })));
  CHECK(refused(pictures::make(max_picture_side + 1, 1, pictures::flat(0))));
  CHECK(refused(pictures::make(1, max_picture_side + 1, pictures::flat(0))));
}

TEST_CASE("what is blacked out is black in files and images, everything else is as it was") {
  const auto image = pictures::make(40, 30, pictures::noise(9), 5);
  const std::vector<region> regions{{0, 0, 3, 2},
                                    {10, 5, 4, 6},
                                    {12, 8, 10, 10},
                                    {35, 25, 900, 900},
                                    {40, 0, 1, 1},
                                    {0, 30, 1, 1},
                                    {4294967295U, 4294967295U, 4294967295U, 4294967295U}};
  const auto inside = [&](std::uint32_t x, std::uint32_t y) {
    return std::ranges::any_of(regions, [&](const region& each) {
      return x >= each.x && x - each.x < each.width && y >= each.y && y - each.y < each.height;
    });
  };
  const auto expected = pictures::make(
      40, 30, [&](std::uint32_t x, std::uint32_t y) { return inside(x, y) ? 0 : pictures::at(image, x, y); });
  const auto black = black_out(image, regions);
  REQUIRE(check_pixels(black));
  for (std::uint32_t y = 0; y < 30; ++y)
    for (std::uint32_t x = 0; x < 40; ++x)
      CHECK(pictures::at(black, x, y) == (inside(x, y) ? 0 : pictures::at(image, x, y)));
  CHECK(difference(*encode_png(black), expected) == "");
  CHECK(black_out(image, {}).owner == image.owner); // no copy
}

TEST_CASE("nothing of a picture stays in memory once its files and images are gone") {
  const auto memory = std::make_shared<private_bytes>(std::size_t{400} * 300 * 4);
  auto noise = pictures::noise(99);
  for (auto& byte : *memory)
    byte = static_cast<std::byte>(noise(0, 0));
  const memory_scan as_it_was{*memory};
  const pixels image{400, 300, 1600, *memory, memory};
  // What a file or an image would leave: the pixels as RGB and RGBA, too.
  private_bytes rgb;
  private_bytes rgba;
  for (std::size_t i = 0; i < memory->size(); i += 4)
    for (std::size_t c = 0; c < 4; ++c) {
      if (c < 3) rgb.push_back((*memory)[i + 2 - c]);
      rgba.push_back(c < 3 ? (*memory)[i + 2 - c] : std::byte{255});
    }
  const memory_scan as_rgb{rgb};
  const memory_scan as_rgba{rgba};
  CHECK(as_rgb.find() != "");
  CHECK(as_rgba.find() != "");
  rgb = private_bytes{};
  rgba = private_bytes{};
  CHECK(as_it_was.find() != "");
  REQUIRE(encode_png(image));
  REQUIRE(encode_jpeg(image, 95));
  {
    const auto full = to_rgba(image, 0);
    REQUIRE(full.bytes != nullptr);
    CHECK(as_rgba.find() != "");
  }
  REQUIRE(to_rgba(image, 399).bytes != nullptr);
  std::ranges::fill(*memory, std::byte{0});
  CHECK(as_it_was.find() == "");
  CHECK(as_rgb.find() == "");
  CHECK(as_rgba.find() == "");
}
