#pragma once

#include <string>
#include <string_view>

namespace tier2 {

/// Text from outside for a log or a report: at most `most` bytes, and '?' for whatever could end a line, move
/// a terminal's cursor or grow when it is quoted (control bytes, quotes, backslashes, all beyond ASCII).
inline std::string printable(std::string_view text, std::size_t most) {
  std::string out{text.substr(0, most)};
  for (auto& c : out)
    if (c < ' ' || c > '~' || c == '"' || c == '\\') c = '?';
  return out;
}

} // namespace tier2
