#pragma once

#include "messages/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tier2 {

inline constexpr std::size_t max_pattern_bytes = 256;

/// Characters of a text in lower case: A to Z and the accented letters of ISO 8859-1; bytes that are not
/// UTF-8 become U+FFFD.
std::u32string folded(std::string_view utf8);

/// What an administrator writes to name windows: `*` stands for any characters or none, `?` for exactly one;
/// all else for itself, in upper or lower case. It has to fit the whole text.
class window_pattern {
public:
  /// `invalid_argument` when it is empty, longer than 256 bytes, or would fit every window; the text is the
  /// end of a sentence that begins with the setting's name.
  static result<window_pattern> parse(std::string_view text);

  /// At most as many steps as the pattern's length times the text's.
  bool fits(std::u32string_view folded_text) const;
  const std::string& text() const { return text_; }
  bool operator==(const window_pattern&) const = default;

private:
  std::string text_;
  std::u32string folded_;
};

/// Which windows must not be seen in a picture.
struct window_rules {
  std::vector<window_pattern> titles;
  std::vector<window_pattern> classes; ///< Of the class or the instance of WM_CLASS.
  bool empty() const { return titles.empty() && classes.empty(); }
  bool operator==(const window_rules&) const = default;
};

/// Programs that are there to show secrets: password managers and prompts for passphrases.
std::vector<window_pattern> password_manager_classes();

} // namespace tier2
