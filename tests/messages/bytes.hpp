#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tier2 {

/// Bytes from hex digits; blanks are skipped.
inline std::vector<std::byte> from_hex(std::string_view hex) {
  std::vector<std::byte> bytes;
  std::string digits;
  for (const char c : hex)
    if (c != ' ') digits += c;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  return bytes;
}

inline std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span{text});
  return {bytes.begin(), bytes.end()};
}

/// The value of a `result`; a failure becomes an exception that names it, which fails the test.
template <class R>
auto value_of_result(R outcome) {
  if (!outcome) throw std::runtime_error("unexpected failure: " + outcome.error().what);
  return std::move(*outcome);
}

/// The text with its first `from` replaced; the test is wrong when there is none.
inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("not in the text: " + std::string{from});
  return text.replace(at, from.size(), to);
}

} // namespace tier2
