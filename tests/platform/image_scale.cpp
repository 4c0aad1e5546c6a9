#include "platform/image.hpp"
#include "tests/platform/pictures.hpp"

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <doctest/doctest.h>

#include <jpeglib.h>

using namespace tier2;

namespace {

/// The area average of one channel by its definition: every pixel of the source by how much of it is covered.
std::uint64_t average(const pixels& image, const rgba_image& target, std::uint32_t tx, std::uint32_t ty,
                      unsigned shift) {
  const auto covered = [](std::uint64_t i, std::uint64_t source, std::uint64_t o, std::uint64_t out) {
    const auto begin = std::max(i * out, o * source);
    const auto end = std::min((i + 1) * out, (o + 1) * source);
    return end > begin ? end - begin : 0;
  };
  std::uint64_t sum = 0;
  for (std::uint32_t y = 0; y < image.height; ++y)
    for (std::uint32_t x = 0; x < image.width; ++x)
      sum += (pictures::at(image, x, y) >> shift & 255U) * covered(x, image.width, tx, target.width) *
             covered(y, image.height, ty, target.height);
  const std::uint64_t area = std::uint64_t{image.width} * image.height;
  return (sum + area / 2) / area;
}

std::uint32_t channel(const rgba_image& image, std::uint32_t x, std::uint32_t y, unsigned c) {
  return std::to_integer<std::uint32_t>((*image.bytes)[(std::size_t{y} * image.width + x) * 4 + c]);
}

void check_scaled(const pixels& image, std::uint32_t max_width, std::uint32_t width, std::uint32_t height) {
  const auto out = to_rgba(image, max_width);
  REQUIRE(out.width == width);
  REQUIRE(out.height == height);
  REQUIRE(out.bytes->size() == std::size_t{width} * height * 4);
  std::size_t wrong = 0;
  for (std::uint32_t y = 0; y < height; ++y)
    for (std::uint32_t x = 0; x < width; ++x) {
      for (unsigned c = 0; c < 3; ++c)
        if (channel(out, x, y, c) != average(image, out, x, y, 16 - 8 * c)) ++wrong;
      if (channel(out, x, y, 3) != 255) ++wrong;
    }
  CHECK(wrong == 0);
}

/// The RGB rows of a JPEG by libjpeg; a file that is not one gives none.
std::vector<std::uint8_t> decode_jpeg(const private_bytes& file, std::uint32_t& width,
                                      std::uint32_t& height) {
  struct failing : jpeg_error_mgr {
    std::jmp_buf jump;
  } errors{};
  jpeg_decompress_struct reader{};
  reader.err = jpeg_std_error(&errors);
  errors.error_exit = [](j_common_ptr common) { std::longjmp(static_cast<failing*>(common->err)->jump, 1); };
  std::vector<std::uint8_t> rgb;
  if (setjmp(errors.jump) != 0) return {}; // NOLINT(cert-err52-cpp): libjpeg's way to report
  jpeg_create_decompress(&reader);
  jpeg_mem_src(&reader, reinterpret_cast<const unsigned char*>(file.data()), file.size());
  jpeg_read_header(&reader, TRUE);
  jpeg_start_decompress(&reader);
  width = reader.output_width;
  height = reader.output_height;
  rgb.resize(std::size_t{width} * height * 3);
  while (reader.output_scanline < height) {
    auto* row = rgb.data() + std::size_t{reader.output_scanline} * width * 3;
    jpeg_read_scanlines(&reader, &row, 1);
  }
  jpeg_finish_decompress(&reader);
  jpeg_destroy_decompress(&reader);
  return rgb;
}

} // namespace

TEST_CASE("an image in full size has the pixels, opaque") {
  check_scaled(pictures::make(1, 1, pictures::noise(1)), 0, 1, 1);
  check_scaled(pictures::make(19, 7, pictures::noise(2), 12), 0, 19, 7);
  check_scaled(pictures::make(19, 7, pictures::noise(3)), 19, 19, 7);
}

TEST_CASE("an image is never made larger") {
  check_scaled(pictures::make(19, 7, pictures::noise(4)), 1000, 19, 7);
}

TEST_CASE("a smaller image is the area average, to the bit") {
  check_scaled(pictures::make(40, 20, pictures::noise(5)), 10, 10, 5);
  check_scaled(pictures::make(41, 23, pictures::noise(6), 8), 10, 10, 6);
  check_scaled(pictures::make(41, 23, pictures::noise(7)), 40, 40, 22);
  check_scaled(pictures::make(41, 23, pictures::noise(8)), 1, 1, 1);
}

TEST_CASE("a very wide screen still has one row, a high one its height") {
  check_scaled(pictures::make(400, 1, pictures::noise(9)), 20, 20, 1);
  check_scaled(pictures::make(400, 2, pictures::noise(10)), 20, 20, 1);
  check_scaled(pictures::make(2, 50, pictures::noise(11)), 1, 1, 25);
}

TEST_CASE("white stays white and nothing overflows in the largest picture") {
  const auto out = to_rgba(pictures::make(7680, 2160, pictures::flat(0xffffff)), 320);
  REQUIRE(out.width == 320);
  REQUIRE(out.height == 90);
  CHECK(std::ranges::all_of(*out.bytes, [](auto byte) { return byte == std::byte{255}; }));
}

TEST_CASE("a JPEG shows the picture: the right way up, in the right colours") {
  const auto image = pictures::make(
      121, 63, [](std::uint32_t x, std::uint32_t y) { return (x * 2) << 16U | (y * 4) << 8U | 0x20U; }, 12);
  const auto file = encode_jpeg(image, 95);
  REQUIRE(file);
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  const auto rgb = decode_jpeg(*file, width, height);
  REQUIRE(width == image.width);
  REQUIRE(height == image.height);
  int worst = 0;
  for (std::uint32_t y = 0; y < height; ++y)
    for (std::uint32_t x = 0; x < width; ++x)
      for (unsigned c = 0; c < 3; ++c) {
        const auto expected = static_cast<int>(pictures::at(image, x, y) >> (16 - 8 * c) & 255U);
        worst = std::max(worst, std::abs(expected - int{rgb[(std::size_t{y} * width + x) * 3 + c]}));
      }
  CHECK(worst <= 12);
}

TEST_CASE("a JPEG of lower quality is smaller, and only 1 to 100 is a quality") {
  const auto image = pictures::make(320, 200, pictures::desktop);
  const auto low = encode_jpeg(image, 1);
  const auto middle = encode_jpeg(image, 80);
  const auto high = encode_jpeg(image, 100);
  REQUIRE(low);
  REQUIRE(middle);
  REQUIRE(high);
  CHECK(low->size() < middle->size());
  CHECK(middle->size() < high->size());
  for (const int quality : {0, -1, 101}) {
    const auto refused = encode_jpeg(image, quality);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::invalid_argument);
  }
}
