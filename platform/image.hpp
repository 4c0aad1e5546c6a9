#pragma once

#include "messages/frame.hpp"
#include "messages/page.hpp"
#include "messages/wiping_allocator.hpp"

#include <cstdint>
#include <span>

namespace tier2 {

/// The largest width and height of a picture anywhere in the program.
inline constexpr std::uint32_t max_picture_side = 16384;

/// `invalid_argument` unless both sides are 1..`max_picture_side`, `stride` holds a row, and all rows lie in
/// `bytes`.
result<void> check_pixels(const pixels& image);

/// 8-bit RGB PNG: stb_image_write with libdeflate. Exact. Safe from several threads.
result<private_bytes> encode_png(const pixels& image);
/// Baseline JPEG, quality 1..100. Lossy.
result<private_bytes> encode_jpeg(const pixels& image, std::int32_t quality);
/// The same picture with what the regions cover black: a copy, wiped when its last holder lets go; the
/// picture itself when there are none. What lies outside it is cut off. Its pixels must have passed
/// `check_pixels`.
pixels black_out(const pixels& image, std::span<const region> regions);
/// R8G8B8A8 with alpha 255, scaled down (area average) to at most `max_width`; 0: full size. The bytes are
/// wiped when the last holder lets go. Pixels that `check_pixels` refuses give an image of 0×0.
rgba_image to_rgba(const pixels& image, std::uint32_t max_width);

} // namespace tier2
