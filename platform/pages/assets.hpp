#pragma once

#include <span>
#include <string_view>

namespace tier2::pages {

/// One file of a page, in the binary.
struct asset {
  std::string_view name;       ///< "page.css"
  std::string_view media_type; ///< With charset, for the Content-Type header.
  std::string_view body;
};

/// The asset with this name, or nothing.
inline const asset* find(std::span<const asset> in, std::string_view name) {
  for (const auto& each : in)
    if (each.name == name) return &each;
  return nullptr;
}

} // namespace tier2::pages
