#pragma once

#include <string>

namespace tier2::cloud {

/// Text for LIKE … ESCAPE '\' that finds exactly these characters anywhere.
inline std::string like_pattern(const std::string& text) {
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

} // namespace tier2::cloud
