#include "platform/image.hpp"

#include <algorithm>

namespace tier2 {

result<void> check_pixels(const pixels& image) {
  const auto in_range = [](std::uint32_t side) { return side >= 1 && side <= max_picture_side; };
  if (!in_range(image.width) || !in_range(image.height))
    return fail(errc::invalid_argument, "A picture of " + std::to_string(image.width) + "×" +
                                            std::to_string(image.height) +
                                            " cannot be kept; each side must be 1 to " +
                                            std::to_string(max_picture_side) + " pixels.");
  const std::uint64_t row = std::uint64_t{image.width} * 4;
  const std::uint64_t needed = std::uint64_t{image.stride} * (image.height - 1) + row;
  if (image.stride < row || image.bytes.size() < needed)
    return fail(errc::invalid_argument,
                "The rows of a picture do not lie in its memory, so it cannot be kept.");
  return {};
}

pixels black_out(const pixels& image, std::span<const region> regions) {
  if (regions.empty()) return image;
  const std::size_t stride = std::size_t{image.width} * 4;
  const auto copy = std::make_shared<private_bytes>(stride * image.height);
  for (std::size_t y = 0; y < image.height; ++y)
    std::copy_n(image.bytes.data() + y * image.stride, stride, copy->data() + y * stride);
  for (const auto& each : regions) {
    const auto left = std::min(each.x, image.width);
    const auto right = left + std::min(each.width, image.width - left);
    const auto top = std::min(each.y, image.height);
    const auto bottom = top + std::min(each.height, image.height - top);
    for (std::size_t y = top; y < bottom; ++y)
      std::fill_n(copy->data() + y * stride + std::size_t{left} * 4, std::size_t{right - left} * 4,
                  std::byte{0});
  }
  return {image.width, image.height, static_cast<std::uint32_t>(stride), *copy, copy};
}

} // namespace tier2
