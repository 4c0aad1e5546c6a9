#include "tools/ctl/visible_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace tier2::ctl {

namespace {

struct character {
  std::uint32_t code{};
  std::size_t bytes{}; ///< 0: no UTF-8 begins here.
};

/// The first character (RFC 3629: shortest forms only, no surrogates).
character decode(std::string_view text) {
  const auto at = [&](std::size_t i) -> std::uint32_t { return static_cast<unsigned char>(text[i]); };
  const auto lead = at(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
  if (lead >= 0xF5 || bytes == 0 || text.size() < bytes) return {};
  std::uint32_t code = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((at(i) & 0xC0U) != 0x80) return {};
    code = (code << 6U) | (at(i) & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  if (code < least.at(bytes) || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return {};
  return {code, bytes};
}

bool is_hidden(std::uint32_t code) {
  if (code > ' ' && code < 0x7F) return false;
  return std::ranges::any_of(hidden_ranges,
                             [code](const auto& each) { return code >= each[0] && code <= each[1]; });
}

std::string escaped(const char* form, std::uint32_t code) {
  std::array<char, 16> text{};
  // The formats are the three below.
  const int size = std::snprintf(text.data(), text.size(), form, static_cast<unsigned>(code));
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string shown(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto [code, bytes] = decode(text);
    const bool shown_as_it_is = code == '\n' ? keep_lines : !is_hidden(code);
    if (bytes == 0)
      out += escaped("\\x%02x", static_cast<unsigned char>(text.front()));
    else if (shown_as_it_is)
      out += text.substr(0, bytes);
    else if (code == '\r')
      out += "\\r";
    else if (code == '\n')
      out += "\\n";
    else
      out += code < 0x80 ? escaped("\\x%02x", code) : escaped("\\u%04x", code);
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return out;
}

/// Where so many characters of valid UTF-8 end.
std::size_t end_of(std::string_view text, std::size_t characters) {
  std::size_t at = 0;
  for (; at < text.size(); ++at)
    if ((static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80 && characters-- == 0) break;
  return at;
}

} // namespace

std::string visible_text(std::string_view text, std::size_t most) {
  if (text.size() <= most) return shown(text, false);
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80)
    --most;
  return shown(text.substr(0, most), false) + "…";
}

std::string visible_lines(std::string_view text) { return shown(text, true); }

std::size_t columns_of(std::string_view visible) {
  std::size_t columns = 0;
  for (const char c : visible)
    columns += (static_cast<unsigned char>(c) & 0xC0U) != 0x80 ? 1 : 0;
  return columns;
}

std::string fit(std::string_view visible, std::size_t columns) {
  const auto has = columns_of(visible);
  if (has <= columns) return std::string{visible} + std::string(columns - has, ' ');
  if (columns == 0) return {};
  return std::string{visible.substr(0, end_of(visible, columns - 1))} + "…";
}

} // namespace tier2::ctl
