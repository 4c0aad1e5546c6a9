#include "tools/cloud/request_head.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tier2::cloud {

namespace {

using refused = tl::unexpected<request_refusal>;

refused malformed(std::string_view what) { return refused{{400, "malformed", what}}; }
refused head_too_large() {
  return refused{{431, "too_large", "The request line and headers are larger than this server takes."}};
}
refused target_too_large() {
  return refused{{414, "too_large", "The address is longer than this server takes."}};
}

constexpr bool alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
// RFC 9110, 5.6.2.
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return alphanumeric(c) || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
  });
}
bool is_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}
bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
    return lower(x) == lower(y);
  });
}
std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && blank(text.back()))
    text.remove_suffix(1);
  return text;
}
bool lists(std::string_view value, std::string_view token) {
  while (true) {
    const auto comma = value.find(',');
    if (same(trimmed(value.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) return false;
    value.remove_prefix(comma + 1);
  }
}

struct reading {
  const port_limits& limits;
  request_head head;
  std::string_view method;
  bool old_version{}, closes{}, announced{};
  int hosts{};

  std::optional<request_refusal> request_line(std::string_view line) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return malformed(no_request_line).value();
    method = line.substr(0, first);
    const auto target = line.substr(first + 1, last - first - 1);
    const auto version = line.substr(last + 1);
    if (!is_token(method) || target.empty() || target.front() != '/' ||
        !std::ranges::all_of(target, [](char c) { return c > 0x20 && c < 0x7f; }))
      return malformed(no_request_line).value();
    if (version != "HTTP/1.1" && version != "HTTP/1.0") {
      if (version.starts_with("HTTP/"))
        return request_refusal{505, "unsupported", "This server speaks HTTP/1.1."};
      return malformed(no_request_line).value();
    }
    constexpr std::array<std::string_view, 7> known{"GET",   "HEAD",   "POST",   "PUT",
                                                    "PATCH", "DELETE", "OPTIONS"};
    if (std::ranges::find(known, method) == known.end())
      return request_refusal{501, "unsupported", "This method is not known here."};
    if (target.find('?') > limits.path_bytes && target.size() > limits.path_bytes)
      return target_too_large().value();
    old_version = version == "HTTP/1.0";
    head.for_library.append(line).append("\r\n");
    return std::nullopt;
  }

  std::optional<request_refusal> header(std::string_view line) {
    const auto colon = line.find(':');
    const auto name = line.substr(0, colon);
    // A name is a token: that refuses folded lines and blanks before the colon, too (RFC 9112, 5).
    if (colon == std::string_view::npos || !is_token(name)) return malformed(no_header).value();
    const auto value = trimmed(line.substr(colon + 1));
    if (!is_value(value)) return malformed(no_header).value();
    if (same(name, "Transfer-Encoding")) return length_required();
    if (same(name, "Content-Length")) {
      const auto* const end = value.data() + value.size();
      if (announced || value.empty() || value.size() > 15 || value.front() == '-' ||
          std::from_chars(value.data(), end, head.body_bytes).ptr != end)
        return malformed("The header Content-Length is no length.").value();
      announced = true;
    } else if (same(name, "Host")) {
      ++hosts;
    } else if (same(name, "Connection")) {
      closes = closes || lists(value, "close");
    } else if (same(name, "Expect")) {
      if (!same(value, "100-continue"))
        return request_refusal{417, "unsupported", "This expectation is not known here."};
      head.expects_continue = true;
      return std::nullopt;
    } else if (same(name, "Range")) {
      return std::nullopt; // RFC 9110, 14.2: a server may ignore it
    } else if (same(name, "Content-Encoding") && !same(value, "identity")) {
      return request_refusal{415, "unsupported", "The body must not be compressed."};
    } else if (same(name, "Content-Type") && value.size() >= 10 && same(value.substr(0, 10), "multipart/")) {
      return request_refusal{415, "unsupported", "Bodies of several parts are not taken here."};
    }
    const auto begin = head.for_library.size();
    head.for_library.append(name).append(": ");
    for (const char c : value)
      c == '%' ? head.for_library.append("%25") : head.for_library.append(1, c);
    head.for_library.append("\r\n");
    if (head.for_library.size() - begin > limits.line_bytes) return head_too_large().value();
    return std::nullopt;
  }

  std::optional<request_refusal> finish() {
    if (hosts > 1 || (hosts == 0 && !old_version))
      return malformed("The header Host must be there once.").value();
    const bool brings_body = method == "POST" || method == "PUT" || method == "PATCH";
    if (brings_body && !announced) return length_required();
    if (head.body_bytes > limits.body_bytes)
      return request_refusal{413, "too_large", "The body is larger than this server takes."};
    head.keep_alive = !old_version && !closes;
    head.for_library.append("\r\n");
    return std::nullopt;
  }

  static request_refusal length_required() {
    return {411, "malformed", "The body's length must be announced in the header Content-Length."};
  }
  static constexpr std::string_view no_request_line = "This is no request line of HTTP/1.1.";
  static constexpr std::string_view no_header = "One of the headers is malformed.";
};

} // namespace

tl::expected<std::optional<request_head>, request_refusal>
read_head(std::string_view bytes, const port_limits& limits, std::size_t& from) {
  // RFC 9112, 2.2: one empty line before a request is passed over.
  const std::size_t skipped = bytes.starts_with("\r\n") ? 2 : 0;
  const auto start = std::max(from, skipped);
  const auto found = bytes.find("\r\n\r\n", start > skipped + 3 ? start - 3 : skipped);
  from = bytes.size();
  if (found == std::string_view::npos ? bytes.size() >= limits.head_bytes : found + 4 > limits.head_bytes)
    return bytes.substr(skipped, limits.line_bytes).find("\r\n") == std::string_view::npos
               ? target_too_large()
               : head_too_large();
  if (found == std::string_view::npos) return std::nullopt;

  reading one{limits, {}, {}};
  one.head.bytes = found + 4;
  auto rest = bytes.substr(skipped, found + 2 - skipped);
  for (std::size_t lines = 0; !rest.empty(); ++lines) {
    const auto end = rest.find("\r\n");
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    if (line.size() > limits.line_bytes) return lines == 0 ? target_too_large() : head_too_large();
    if (lines > limits.header_lines) return head_too_large();
    if (const auto wrong = lines == 0 ? one.request_line(line) : one.header(line)) return refused{*wrong};
  }
  if (const auto wrong = one.finish()) return refused{*wrong};
  return std::move(one.head);
}

} // namespace tier2::cloud
