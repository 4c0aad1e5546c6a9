#pragma once

#include "platform/x11/window_look.hpp"

#include <cstddef>
#include <span>

namespace tier2::x11 {

/// Covers a rectangle of B8G8R8X8 pixels, rows without gaps, with an opaque grey hatch; false when nothing of
/// it lies in the picture.
bool overpaint(std::span<std::byte> pixels, std::uint32_t width, std::uint32_t height,
               const rectangle& place);

/// True when every pixel has the same colour, whatever the X bytes are.
bool is_one_colour(std::span<const std::byte> pixels);

} // namespace tier2::x11
