#include "platform/image.hpp"

#include <algorithm>
#include <array>

namespace tier2 {

namespace {

using wiped_bytes = std::vector<std::byte>;

std::shared_ptr<wiped_bytes> wiped_when_freed(std::size_t size) {
  return {new wiped_bytes(size), [](wiped_bytes* bytes) {
            detail::wipe(bytes->data(), bytes->size());
            delete bytes;
          }};
}

void copy_row(const std::byte* from, std::uint32_t width, std::byte* to) {
  for (std::uint32_t x = 0; x < width; ++x, from += 4, to += 4) {
    to[0] = from[2];
    to[1] = from[1];
    to[2] = from[0];
    to[3] = std::byte{255};
  }
}

/// Adds up a row into `out_width` sums of red, green and blue. In units of 1/(width * out_width) of the row,
/// a pixel is `out_width` wide and a target pixel `width`, so that all weights are whole numbers.
void shrink_row(const std::byte* from, std::uint32_t width, std::uint32_t out_width, std::uint32_t* sums) {
  std::uint32_t x = 0;
  std::uint32_t left_of_pixel = out_width;
  for (std::uint32_t o = 0; o < out_width; ++o, sums += 3) {
    std::array<std::uint32_t, 3> sum{};
    const auto add = [&](std::uint32_t weight) {
      for (std::size_t c = 0; c < 3; ++c)
        sum[c] += std::to_integer<std::uint32_t>(from[2 - c]) * weight;
    };
    for (auto wanted = width; wanted > 0;) {
      const auto weight = std::min(wanted, left_of_pixel);
      add(weight);
      wanted -= weight;
      left_of_pixel -= weight;
      if (left_of_pixel == 0 && ++x < width) {
        from += 4;
        left_of_pixel = out_width;
      }
    }
    for (std::size_t c = 0; c < 3; ++c)
      sums[c] = sum[c];
  }
}

} // namespace

rgba_image to_rgba(const pixels& image, std::uint32_t max_width) {
  rgba_image out;
  if (!check_pixels(image)) return out;
  const auto row = [&](std::size_t y) { return image.bytes.data() + y * image.stride; };
  const bool full = max_width == 0 || max_width >= image.width;
  out.width = full ? image.width : max_width;
  out.height = full ? image.height
                    : static_cast<std::uint32_t>(std::max<std::uint64_t>(
                          1, (std::uint64_t{image.height} * out.width + image.width / 2) / image.width));
  const auto bytes = wiped_when_freed(std::size_t{out.width} * out.height * 4);
  out.bytes = bytes;
  if (full) {
    for (std::size_t y = 0; y < image.height; ++y)
      copy_row(row(y), image.width, bytes->data() + y * out.width * 4);
    return out;
  }

  std::vector<std::uint32_t, wiping_allocator<std::uint32_t>> sums(std::size_t{out.width} * 3);
  std::vector<std::uint64_t, wiping_allocator<std::uint64_t>> total(sums.size());
  const std::uint64_t area = std::uint64_t{image.width} * image.height;
  std::uint32_t y = 0;
  std::uint32_t left_of_row = out.height;
  shrink_row(row(0), image.width, out.width, sums.data());
  auto* to = bytes->data();
  for (std::uint32_t o = 0; o < out.height; ++o) {
    std::ranges::fill(total, 0);
    for (auto wanted = image.height; wanted > 0;) {
      const auto weight = std::min(wanted, left_of_row);
      for (std::size_t i = 0; i < sums.size(); ++i)
        total[i] += std::uint64_t{sums[i]} * weight;
      wanted -= weight;
      left_of_row -= weight;
      if (left_of_row == 0 && ++y < image.height) {
        shrink_row(row(y), image.width, out.width, sums.data());
        left_of_row = out.height;
      }
    }
    for (std::size_t i = 0; i < total.size(); i += 3, to += 4) {
      for (std::size_t c = 0; c < 3; ++c)
        to[c] = static_cast<std::byte>((total[i + c] + area / 2) / area);
      to[3] = std::byte{255};
    }
  }
  return out;
}

} // namespace tier2
