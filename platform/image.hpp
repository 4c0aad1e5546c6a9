#pragma once

#include "messages/frame.hpp"
#include "messages/page.hpp"
#include "messages/wiping_allocator.hpp"

#include <cstdint>

namespace tier2 {

/// 8-bit RGB PNG: stb_image_write with libdeflate. Exact. Safe from several threads.
result<private_bytes> encode_png(const pixels& image);
/// Baseline JPEG, quality 1..100. Lossy.
result<private_bytes> encode_jpeg(const pixels& image, std::int32_t quality);
/// R8G8B8A8 with alpha 255, scaled down (area average) to at most `max_width`; 0: full size.
rgba_image to_rgba(const pixels& image, std::uint32_t max_width);

} // namespace tier2
