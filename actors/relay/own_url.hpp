#pragma once

#include <string_view>

namespace tier2 {

/// True for an https address on exactly this host, any port: the only kind that is shown to a user.
inline bool is_own_url(std::string_view url, std::string_view host) {
  constexpr std::string_view scheme = "https://";
  if (host.empty() || url.size() > 2048 || url.substr(0, scheme.size()) != scheme) return false;
  for (const char c : url)
    if (static_cast<unsigned char>(c) <= ' ' || c == '\\' || c == '"' || c == '<' || c == '>' || c == 127)
      return false;
  auto rest = url.substr(scheme.size());
  if (host.find(':') != std::string_view::npos) { // an IPv6 address stands in brackets
    if (rest.empty() || rest.front() != '[') return false;
    rest.remove_prefix(1);
    if (rest.substr(0, host.size()) != host || rest.substr(host.size(), 1) != "]") return false;
    rest.remove_prefix(host.size() + 1);
  } else {
    if (rest.substr(0, host.size()) != host) return false;
    rest.remove_prefix(host.size());
  }
  if (!rest.empty() && rest.front() == ':') {
    rest.remove_prefix(1);
    const auto digits = rest.find_first_not_of("0123456789");
    rest.remove_prefix(digits == std::string_view::npos ? rest.size() : digits);
  }
  return rest.empty() || rest.front() == '/';
}

} // namespace tier2
