#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tier2::ctl {

/// Characters that one does not see, takes for a plain space, or that change what others look like, first and
/// last of each range: controls but tab and line feed, odd spaces, fillers, joiners, variation selectors,
/// tags, those that change the direction. The pages' `visible.js` has the same; `tests/ctl` compares them.
inline constexpr std::array<std::array<std::uint32_t, 2>, 21> hidden_ranges{{
    {0x0000, 0x0008},   {0x000b, 0x001f}, {0x007f, 0x00a0}, {0x00ad, 0x00ad}, {0x034f, 0x034f},
    {0x061c, 0x061c},   {0x115f, 0x1160}, {0x1680, 0x1680}, {0x17b4, 0x17b5}, {0x180b, 0x180f},
    {0x2000, 0x200f},   {0x2028, 0x202f}, {0x205f, 0x206f}, {0x2800, 0x2800}, {0x3000, 0x3000},
    {0x3164, 0x3164},   {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb},
    {0xe0000, 0xe0fff},
}};

/// Text of a stranger for a terminal: what could move the cursor, change colours, reorder text or hide in it
/// (`hidden_ranges`, line feeds, bytes that are no UTF-8) is
/// written out as \x1b or \u202e. At most `most` bytes of it are shown.
std::string visible_text(std::string_view text, std::size_t most);
/// The same for output: lines stay lines, and all is shown.
std::string visible_lines(std::string_view text);

/// The columns that the text takes, if each character takes one.
std::size_t columns_of(std::string_view visible);
/// The text in exactly so many columns: cut with "…", or filled up with spaces.
std::string fit(std::string_view visible, std::size_t columns);

} // namespace tier2::ctl
