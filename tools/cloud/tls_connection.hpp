#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <openssl/ssl.h>
#include <string>

namespace tier2::cloud {

/// The server's side of TLS on an accepted, non-blocking socket. Belongs to one thread at a time.
class tls_connection {
public:
  enum class progress { done, wants_read, wants_write, closed, plain_http };

  /// Owns the socket from now on. `silent` counts peers that send records without end and no data.
  tls_connection(SSL_CTX& context, int socket, std::atomic<std::uint64_t>& silent);
  ~tls_connection();
  tls_connection(const tls_connection&) = delete;
  tls_connection& operator=(const tls_connection&) = delete;

  progress shake_hands();
  /// Appends what came, at most 16 KiB; `done` when it was at least a byte.
  progress read(std::string& into);
  /// Keeps bytes for `flush`.
  void put(std::string_view bytes);
  /// Sends what was put, as far as the socket takes it; `done` when nothing is left.
  progress flush();
  std::size_t pending() const { return out_.size() - sent_; }
  /// Bytes of memory that hold what was put; more than `pending` until all of it is sent.
  std::size_t held() const { return out_.capacity(); }
  /// Forgets what was put: the answer is broken off.
  void abandon();
  /// Says that nothing more follows, in TLS and in TCP.
  void finish();

  int socket() const { return socket_; }
  const SSL* ssl() const { return ssl_.get(); }

private:
  progress outcome(int returned);
  struct deleter {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  int socket_;
  std::unique_ptr<SSL, deleter> ssl_;
  std::string out_;
  std::size_t sent_{};
  bool open_{}; ///< TLS stands: the handshake is over and nothing broke it since.
};

} // namespace tier2::cloud
