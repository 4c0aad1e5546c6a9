#pragma once

#include "tools/cloud/port_limits.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace tier2::cloud {

/// Why a request gets no further: the HTTP status, the code and sentence for the answer's body.
struct request_refusal {
  int status{};
  std::string_view code, message;
};

/// A request line and headers that follow RFC 9112 strictly and keep the limits.
struct request_head {
  std::size_t bytes{};      ///< Of the head as it came, with its empty line.
  std::size_t body_bytes{}; ///< As announced; 0 when there is none.
  bool keep_alive{};        ///< HTTP/1.1 without "Connection: close".
  bool expects_continue{};
  /// The same head for the library: without Range and Expect, and with the percent signs of header values
  /// escaped, since the library decodes them.
  std::string for_library;
};

/// The head at the beginning of what came; nothing when it is not whole yet. `from` (0 at first) remembers
/// how far earlier calls looked, so that a head that comes a byte at a time costs no more than another.
tl::expected<std::optional<request_head>, request_refusal>
read_head(std::string_view bytes, const port_limits& limits, std::size_t& from);

} // namespace tier2::cloud
