#pragma once

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ssl.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace tier2::test {

/// A server of the test's own on 127.0.0.1, which plays a written part for every connection; not our code.
class peer {
public:
  using part = std::function<asio::awaitable<void>(asio::ip::tcp::socket)>;
  explicit peer(part play);
  ~peer();
  std::uint16_t port() const;
  /// The TLS context of a server with the loopback certificate.
  static asio::ssl::context& loopback_tls();
  /// A part that sets up TLS, reads an HTTP header, answers with `reply`, and reads until the end.
  static part says_over_tls(std::function<std::string(const std::string& header)> reply);
  /// A tunnel (RFC 9110, 9.3.6); `status` other than 200 refuses with it. The header goes to `seen`.
  static part connect_proxy(unsigned status, std::function<void(const std::string& header)> seen);
  /// The answer that accepts an upgrade (RFC 6455, 4.2.2), with more header lines, each with its CRLF.
  static std::string accepted(const std::string& header, const std::string& more_lines);

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// A client of the test's own that writes bytes by hand; blocking, with a limit on each read.
class raw_client {
public:
  enum class over : std::uint8_t { tls, plain };
  raw_client(std::uint16_t port, over what);
  ~raw_client();
  /// False when the connection is gone.
  bool write(const std::string& bytes);
  /// Everything until the peer ends the connection.
  std::string read_all();
  std::string read_some();
  /// Waits for the peer to end the connection, not longer than that; plain connections only.
  bool ends_within(std::chrono::milliseconds time);
  /// Ends our direction only.
  void shut_down_writing();
  /// Upgrades; the answer's header.
  std::string upgrade(const std::string& path = "/agent/v1");

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// A frame of a client (RFC 6455, 5.2), masked with zeros.
std::string client_frame(unsigned char first_byte, const std::string& payload);
/// The close code in a frame of a server, 0 when the bytes are none.
unsigned close_code(const std::string& frames);
/// A port that was free a moment ago.
std::uint16_t free_port();

} // namespace tier2::test
