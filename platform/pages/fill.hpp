#pragma once

#include <map>
#include <string>
#include <string_view>

namespace tier2::pages {

/// Replaces every `{{name}}`; the values are ours and need no escaping beyond what the caller did.
inline std::string filled(std::string_view html, const std::map<std::string_view, std::string>& values) {
  std::string out{html};
  for (const auto& [name, value] : values) {
    const auto mark = "{{" + std::string{name} + "}}";
    for (auto at = out.find(mark); at != std::string::npos; at = out.find(mark, at + value.size()))
      out.replace(at, mark.size(), value);
  }
  return out;
}

} // namespace tier2::pages
