#pragma once

#include "messages/wiping_allocator.hpp"

#include <asio/ip/tcp.hpp>
#include <asio/ssl.hpp>
#include <asio/steady_timer.hpp>

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tier2::net {

/// A connected TCP socket, with TLS over it or without: reads continuously, writes from a queue, ends
/// politely. For the thread of its io_context.
class byte_stream : public std::enable_shared_from_this<byte_stream> {
public:
  using tls_type = asio::ssl::stream<asio::ip::tcp::socket&>;
  struct events {
    std::function<void(const char*, std::size_t)> on_bytes;
    std::function<void(std::size_t)> on_written; ///< So many bytes have left the queue.
    std::function<void()> on_end;      ///< The peer's end, or an error; once, not after finish or abort.
    std::function<void()> on_released; ///< The socket is closed; the last event.
  };

  explicit byte_stream(asio::ip::tcp::socket socket);
  asio::ip::tcp::socket& socket() { return socket_; }
  /// Puts TLS over the socket; the caller does the handshake before `start`.
  tls_type& with_tls(asio::ssl::context& context);
  void start(events tell);
  /// Nothing more is read from the socket until `resume`; what was read already is still handed over.
  void pause() { paused_ = true; }
  void resume();
  void write(const char* bytes, std::size_t count);
  /// Bytes queued and not yet written to the socket.
  std::size_t unsent() const { return unsent_; }
  /// Writes what is queued, says the end (close_notify, FIN) and gives the peer a moment to do the same.
  void finish();
  /// Closes at once.
  void abort();

private:
  void read();
  void write_next();
  void end_of_reading();
  void say_end();
  void drain();
  void release();

  asio::ip::tcp::socket socket_;
  std::optional<tls_type> tls_;
  asio::steady_timer farewell_;
  events tell_;
  std::array<char, 16384> incoming_{};
  std::deque<private_text> outgoing_; // tickets, output of commands, the machine's key
  std::size_t offset_{};              // into the first of outgoing_
  std::size_t unsent_{}, drained_{};
  bool reading_{}, paused_{}, writing_{}, read_over_{}, broken_{}, finishing_{}, farewell_said_{},
      released_{};
};

} // namespace tier2::net
