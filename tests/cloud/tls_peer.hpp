#pragma once

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <csignal>
#include <doctest/doctest.h>
#include <memory>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace tier2::cloud::test {

/// How long a test waits for what must happen; nothing is concluded from how long it took.
inline constexpr int patience_ms = 60'000;

/// A TCP connection to loopback that does only what it is told.
class tcp_peer {
public:
  explicit tcp_peer(std::uint16_t port, int receive_buffer = 0) : socket_{::socket(AF_INET, SOCK_STREAM, 0)} {
    REQUIRE(socket_ >= 0);
    std::signal(SIGPIPE, SIG_IGN); // OpenSSL writes without MSG_NOSIGNAL
    if (receive_buffer != 0)
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
  }
  ~tcp_peer() { ::close(socket_); }
  tcp_peer(const tcp_peer&) = delete;
  tcp_peer& operator=(const tcp_peer&) = delete;

  int socket() const { return socket_; }
  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  /// All that comes until the other side closes.
  std::string rest() const {
    std::string all;
    std::array<char, 4096> buffer{};
    while (readable()) {
      const auto count = ::recv(socket_, buffer.data(), buffer.size(), 0);
      if (count <= 0) return all;
      all.append(buffer.data(), static_cast<std::size_t>(count));
    }
    FAIL("the server did not close the connection");
    return all;
  }
  bool readable(int within_ms = patience_ms) const {
    pollfd one{socket_, POLLIN, 0};
    return ::poll(&one, 1, within_ms) == 1;
  }

private:
  int socket_;
};

/// The same with TLS on it; any certificate is good enough for it.
class tls_peer {
public:
  explicit tls_peer(std::uint16_t port, int highest = TLS1_3_VERSION, int receive_buffer = 0)
      : tcp{port, receive_buffer}, context_{SSL_CTX_new(TLS_client_method()), &SSL_CTX_free},
        ssl_{nullptr, &SSL_free} {
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_min_proto_version(context_.get(), 0);
    SSL_CTX_set_max_proto_version(context_.get(), highest);
    SSL_CTX_set_mode(context_.get(), SSL_MODE_AUTO_RETRY);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), tcp.socket());
    connected = SSL_connect(ssl_.get()) == 1;
  }
  /// False when the server closed.
  bool send(std::string_view bytes) const {
    return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) ==
           static_cast<int>(bytes.size());
  }
  /// What comes until it holds `end`, or until the server closes.
  std::string until(std::string_view end) {
    std::string all;
    std::array<char, 4096> buffer{};
    while (all.find(end) == std::string::npos || end.empty()) {
      if (SSL_pending(ssl_.get()) == 0 && !tcp.readable()) {
        FAIL("nothing came any more");
        break;
      }
      const int count = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
      if (count <= 0) {
        closed = true;
        clean = SSL_get_error(ssl_.get(), count) == SSL_ERROR_ZERO_RETURN;
        break;
      }
      all.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return all;
  }
  std::string rest() { return until({}); }
  /// At least so many bytes, or what comes until the server closes.
  std::size_t read(std::size_t count) {
    std::array<char, 16384> buffer{};
    std::size_t came = 0;
    while (came < count && (SSL_pending(ssl_.get()) != 0 || tcp.readable())) {
      const int got = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
      if (got <= 0) break;
      came += static_cast<std::size_t>(got);
    }
    return came;
  }
  /// Sends a KeyUpdate (TLS 1.3), a record without data; false when the server closed.
  bool update_key() const {
    return SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(ssl_.get()) == 1;
  }
  std::string ask(std::string_view request, std::string_view end = "\r\n\r\n") {
    send(request);
    return until(end);
  }

  tcp_peer tcp;
  bool connected{}, closed{}, clean{};

private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
};

/// Waits until something is so.
template <class Condition>
bool comes_true(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds{patience_ms};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    ::poll(nullptr, 0, 2);
  }
  return true;
}

} // namespace tier2::cloud::test
