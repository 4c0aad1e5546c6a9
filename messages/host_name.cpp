#include "messages/host_name.hpp"

#include <algorithm>
#include <cstddef>

namespace tier2 {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// A decimal number without leading zeros, at most `max`.
bool is_number(std::string_view text, unsigned max) {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text.front() == '0')) return false;
  unsigned value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value <= max;
}

/// Calls `accept` with each piece between separators; false as soon as it is.
template <class F>
bool every_piece(std::string_view text, char separator, std::size_t& count, F accept) {
  count = 0;
  while (true) {
    const auto end = text.find(separator);
    ++count;
    if (!accept(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

bool is_ipv4(std::string_view text) {
  std::size_t pieces = 0;
  return every_piece(text, '.', pieces, [](std::string_view piece) { return is_number(piece, 255); }) &&
         pieces == 4;
}

/// How many 16-bit groups stand there; 9 when it is none at all. The last may be an IPv4 address, which is
/// two.
std::size_t count_groups(std::string_view text, bool ipv4_allowed) {
  if (text.empty()) return 0;
  std::size_t pieces = 0;
  std::size_t more = 0;
  const bool fine = every_piece(text, ':', pieces, [&](std::string_view piece) {
    if (ipv4_allowed && piece.data() + piece.size() == text.data() + text.size() && is_ipv4(piece)) {
      more = 1;
      return true;
    }
    return !piece.empty() && piece.size() <= 4 && std::ranges::all_of(piece, is_hex);
  });
  return fine ? pieces + more : 9;
}

bool is_ipv6(std::string_view text) {
  const auto gap = text.find("::");
  if (gap == std::string_view::npos) return count_groups(text, true) == 8;
  // The gap stands for one group or more; a second gap makes an empty piece and is refused there.
  return count_groups(text.substr(0, gap), false) + count_groups(text.substr(gap + 2), true) <= 7;
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
}

} // namespace

bool is_host(std::string_view text) {
  if (text.find(':') != std::string_view::npos) return is_ipv6(text);
  if (text.empty() || text.size() > 253) return false;
  // What ends in a number is an address or a mistake in one, never a name.
  const auto last = text.substr(text.rfind('.') + 1);
  if (std::ranges::all_of(last, is_digit)) return is_ipv4(text);
  std::size_t labels = 0;
  return every_piece(text, '.', labels, is_label);
}

bool is_origin(std::string_view text, std::string_view scheme, bool port_required) {
  if (!text.starts_with(scheme)) return false;
  text.remove_prefix(scheme.size());
  std::string_view host;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return false;
    host = text.substr(1, end - 1);
    if (host.find(':') == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
  } else {
    host = text.substr(0, text.find(':'));
    text.remove_prefix(host.size());
  }
  if (!is_host(host)) return false;
  if (text.empty()) return !port_required;
  return text.front() == ':' && is_number(text.substr(1), 65535) && text != ":0";
}

} // namespace tier2
