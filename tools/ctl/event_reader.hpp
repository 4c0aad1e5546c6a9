#pragma once

#include "messages/error.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace tier2::ctl {

/// One event of an event stream (WHATWG HTML, section 9.2).
struct stream_event {
  std::string id;   ///< The newest id of the stream; empty when there was none.
  std::string name; ///< "message" when the stream named none.
  std::string data;
};

/// Takes an event stream apart as its bytes come in.
class event_reader {
public:
  static constexpr std::size_t most_line_bytes = 512U << 10U;
  static constexpr std::size_t most_event_bytes = 1U << 20U; ///< Of all `data` lines of one event.
  static constexpr std::size_t most_id_bytes = 64;           ///< Printable ASCII; others are ignored.

  using on_event = std::function<result<void>(const stream_event&)>;

  /// `too_large` beyond a bound; else what `tell` said.
  result<void> feed(std::string_view bytes, const on_event& tell);
  /// To go on after this connection.
  const std::string& last_id() const { return last_id_; }
  /// A new connection: what was not ended by an empty line is dropped; the id stays.
  void restart();

private:
  result<void> take_line(std::string_view line, const on_event& tell);
  std::string line_, name_, data_, last_id_;
  bool has_data_{}, after_return_{};
};

} // namespace tier2::ctl
