#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

// OpenSSL's own types.
struct ssl_st;
struct ssl_ctx_st;

namespace tier2::ctl {

/// How much a server may make us hold: the HTTP library reads a line of any length into memory, so that the
/// bytes are counted beneath it, as TLS records come in, and the connection is cut when they are too many or
/// too late. Outlives the connections of its context.
class received_bytes {
public:
  /// TLS handshake, status line and header fields together; the library's regular expressions recurse with
  /// the length of a line.
  static constexpr std::size_t most_in_head = 48U << 10U;
  /// Between two pieces of content: chunk sizes, trailers, what TLS and the library have buffered.
  static constexpr std::size_t most_between_pieces = 192U << 10U;

  using clock = std::chrono::steady_clock;

  void watch(ssl_ctx_st& context);
  /// A connection begins; without a deadline it may last.
  void begin(std::optional<clock::time_point> deadline);
  /// The head was read, or a piece of content handed on.
  void progress();
  /// Whether the connection was cut here.
  bool overflowed() const { return overflowed_; }
  bool late() const { return late_; }

private:
  static void on_message(int write, int version, int type, const void* bytes, std::size_t size, ssl_st* ssl,
                         void* self);
  std::size_t left_{};
  std::optional<clock::time_point> deadline_;
  bool overflowed_{}, late_{};
};

} // namespace tier2::ctl
