#include "platform/image.hpp"

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

} // namespace tier2
