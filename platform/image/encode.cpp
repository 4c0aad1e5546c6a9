#include "platform/image.hpp"

#include <cstdlib>
#include <libdeflate.h>
#include <new>

namespace {

/// malloc and free for stb that remember the size in front of the block, so that it can be wiped.
constexpr std::size_t size_field = alignof(std::max_align_t);

void* private_allocate(std::size_t size) {
  auto* at = static_cast<std::byte*>(std::malloc(size + size_field));
  if (at == nullptr) return nullptr;
  new (at) std::size_t{size};
  return at + size_field;
}

void private_free(void* what) {
  if (what == nullptr) return;
  auto* at = static_cast<std::byte*>(what) - size_field;
  tier2::detail::wipe(what, *reinterpret_cast<std::size_t*>(at));
  std::free(at);
}

unsigned char* compress_zlib(unsigned char* data, int size, int* compressed_size, int /*quality*/) {
  constexpr int level = 1; // the user waits for these files
  auto* compressor = libdeflate_alloc_compressor(level);
  if (compressor == nullptr) return nullptr;
  const auto bound = libdeflate_zlib_compress_bound(compressor, static_cast<std::size_t>(size));
  auto* out = static_cast<unsigned char*>(private_allocate(bound));
  if (out != nullptr)
    *compressed_size = static_cast<int>(
        libdeflate_zlib_compress(compressor, data, static_cast<std::size_t>(size), out, bound));
  libdeflate_free_compressor(compressor);
  return out;
}

unsigned int crc_of(unsigned char* data, int size) {
  return libdeflate_crc32(0, data, static_cast<std::size_t>(size));
}

} // namespace

#define STBIW_MALLOC(size) private_allocate(static_cast<std::size_t>(size))
#define STBIW_REALLOC(at, size) nullptr // stb must have it, and grows nothing when the compressor is ours
#define STBIW_FREE(at) private_free(at)
#define STBIW_ZLIB_COMPRESS compress_zlib
#define STBIW_CRC32(data, size) crc_of(data, size)
#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>

namespace tier2 {

namespace {

constexpr int channels = 3;

private_bytes packed_rgb(const pixels& image) {
  private_bytes rgb(std::size_t{image.width} * image.height * channels);
  auto* to = rgb.data();
  for (std::size_t y = 0; y < image.height; ++y) {
    const auto* from = image.bytes.data() + y * image.stride;
    for (std::uint32_t x = 0; x < image.width; ++x, from += 4, to += channels) {
      to[0] = from[2];
      to[1] = from[1];
      to[2] = from[0];
    }
  }
  return rgb;
}

/// stb's globals: every row is filtered by the one above it.
void choose_filter() {
  static const bool once = [] {
    stbi_write_force_png_filter = 2;
    return true;
  }();
  static_cast<void>(once);
}

} // namespace

result<private_bytes> encode_png(const pixels& image) {
  if (auto fine = check_pixels(image); !fine) return tl::unexpected{fine.error()};
  choose_filter();
  const auto rgb = packed_rgb(image);
  const auto width = static_cast<int>(image.width);
  int size = 0;
  const std::unique_ptr<unsigned char, decltype(&private_free)> png{
      stbi_write_png_to_mem(reinterpret_cast<const unsigned char*>(rgb.data()), width * channels, width,
                            static_cast<int>(image.height), channels, &size),
      private_free};
  if (png == nullptr) return fail(errc::too_large, "There is not enough memory to make a file of a picture.");
  const auto* begin = reinterpret_cast<const std::byte*>(png.get());
  return private_bytes{begin, begin + size};
}

result<private_bytes> encode_jpeg(const pixels& image, std::int32_t quality) {
  if (auto fine = check_pixels(image); !fine) return tl::unexpected{fine.error()};
  if (quality < 1 || quality > 100)
    return fail(errc::invalid_argument, "A JPEG's quality is 1 to 100, not " + std::to_string(quality) + ".");
  const auto rgb = packed_rgb(image);
  private_bytes file;
  const auto append = [](void* to, void* data, int size) {
    const auto* begin = static_cast<const std::byte*>(data);
    auto& bytes = *static_cast<private_bytes*>(to);
    bytes.insert(bytes.end(), begin, begin + size);
  };
  if (stbi_write_jpg_to_func(append, &file, static_cast<int>(image.width), static_cast<int>(image.height),
                             channels, rgb.data(), quality) == 0)
    return fail(errc::invalid_argument, "A picture could not be made into a JPEG file.");
  return file;
}

} // namespace tier2
