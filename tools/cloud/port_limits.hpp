#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tier2::cloud {

/// What strangers may take of the operators' port. Every figure is a bound that holds whatever they send.
struct port_limits {
  using time = std::chrono::milliseconds;
  std::size_t connections{4096};        ///< Open at once; then the one that has waited longest goes.
  std::size_t per_address{512};         ///< Open at once from one address (IPv6: one /64).
  std::size_t unproven_per_address{64}; ///< Of those without a whole request yet; then the oldest goes.
  std::size_t head_bytes{32U << 10U};   ///< Request line and headers, with the empty line.
  std::size_t line_bytes{8000};         ///< One line of them; the library refuses more than 8192.
  std::size_t path_bytes{1000};         ///< The library's regular expressions recurse once a character.
  std::size_t header_lines{100};
  std::size_t body_bytes{128U << 10U};
  std::size_t own_bytes{16U << 10U};    ///< What each connection may hold in memory at any time.
  std::size_t shared_bytes{64U << 20U}; ///< What all may hold beyond that; then the oldest holder goes.
  std::size_t requests_per_connection{1000};
  time head_time{10'000};    ///< Accepting, TLS and the first head; or a later head from its first byte.
  time request_time{30'000}; ///< The same with the body.
  time idle_time{30'000};    ///< Between two requests.
  time write_time{30'000}; ///< For one piece of an answer; four times that for a whole one that is in memory.
  time linger_time{2'000}; ///< For the peer to read the last answer before the socket is closed.
  std::size_t linger_bytes{4U << 20U}; ///< What it may still send in that time.
  std::size_t workers{64};             ///< Requests handled at once; answers that stream do not count.
  std::size_t downloads{128};          ///< Answers at once that come from a content provider.
  std::size_t event_streams{512};      ///< Such answers of text/event-stream.
};

/// What happened at the port since it was opened. From any thread.
struct port_counters {
  using count = std::atomic<std::uint64_t>;
  count accepted;
  count refused;                  ///< Closed at once: too many connections, none of them waiting.
  count evicted;                  ///< Closed while waiting, to make room.
  count handshakes_failed;        ///< No TLS, or none that is spoken here.
  count silent;                   ///< Cut off: TLS records without end and no data in them.
  count late;                     ///< Closed because time was up.
  count malformed;                ///< Answered 400, 411, 415, 417, 501 or 505 before a handler saw it.
  count too_large;                ///< Answered 413, 414 or 431.
  count requests;                 ///< Handed to a handler.
  count slow_readers;             ///< Answers given up because the peer did not take them.
  count streams_refused;          ///< Answered 503: too many downloads or event streams.
  count open;                     ///< Connections now.
  count downloads, event_streams; ///< Now.
};

/// Counts, and logs each doubling above 64, since strangers may do it as often as they like.
void note(port_counters::count& counter, std::string_view what);

} // namespace tier2::cloud
