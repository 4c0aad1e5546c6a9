#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace tier2::x11 {

inline constexpr std::size_t max_window_text_bytes = 256;

/// Valid UTF-8 of at most 256 bytes from what any program may have written: wrong bytes become U+FFFD,
/// control characters a space; never cut inside a character.
std::string clean_utf8(std::string_view text);

/// The same from ISO 8859-1, the encoding of the type STRING (ICCCM, section 2.7.1).
std::string clean_latin1(std::string_view text);

/// All of a text in ISO 8859-1, as UTF-8.
std::string utf8_of_latin1(std::string_view text);

/// The two texts of WM_CLASS (ICCCM, section 4.1.2.5: instance, NUL, class, NUL), as they are.
std::pair<std::string_view, std::string_view> instance_and_class(std::string_view property);

/// The class of WM_CLASS, else the instance, as clean text.
std::string window_class(std::string_view property);

} // namespace tier2::x11
