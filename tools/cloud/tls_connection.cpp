#include "tools/cloud/tls_connection.hpp"

#include "platform/net/silent_records.hpp"

#include <array>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tier2::cloud {

tls_connection::tls_connection(SSL_CTX& context, int socket, std::atomic<std::uint64_t>& silent)
    : socket_{socket}, ssl_{SSL_new(&context)} {
  if (!ssl_) return;
  SSL_set_fd(ssl_.get(), socket);
  SSL_set_accept_state(ssl_.get());
  net::bound_silent_records(ssl_.get(), silent);
}

tls_connection::~tls_connection() {
  finish();
  ssl_.reset();
  ::close(socket_);
}

tls_connection::progress tls_connection::outcome(int returned) {
  switch (SSL_get_error(ssl_.get(), returned)) {
  case SSL_ERROR_WANT_READ:
    return progress::wants_read;
  case SSL_ERROR_WANT_WRITE:
    return progress::wants_write;
  default:
    break;
  }
  open_ = false;
  const bool plain = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
  ERR_clear_error();
  return plain ? progress::plain_http : progress::closed;
}

tls_connection::progress tls_connection::shake_hands() {
  if (!ssl_) return progress::closed;
  ERR_clear_error();
  const int returned = SSL_do_handshake(ssl_.get());
  if (returned != 1) return outcome(returned);
  open_ = true;
  return progress::done;
}

tls_connection::progress tls_connection::read(std::string& into) {
  std::array<char, 16U << 10U> buffer{};
  ERR_clear_error();
  std::size_t came = 0;
  const int returned = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &came);
  if (returned != 1) return outcome(returned);
  into.append(buffer.data(), came);
  return progress::done;
}

void tls_connection::put(std::string_view bytes) {
  if (sent_ == out_.size()) {
    out_.clear();
    sent_ = 0;
  }
  out_.append(bytes);
}

tls_connection::progress tls_connection::flush() {
  while (pending() > 0) {
    ERR_clear_error();
    std::size_t went = 0;
    const int returned = SSL_write_ex(ssl_.get(), out_.data() + sent_, pending(), &went);
    if (returned != 1) return outcome(returned);
    sent_ += went;
  }
  std::string{}.swap(out_); // its memory, too, which an assignment keeps
  sent_ = 0;
  return progress::done;
}

void tls_connection::abandon() {
  std::string{}.swap(out_);
  sent_ = 0;
  open_ = false; // without a farewell: a peer must not take the rest for the whole
}

void tls_connection::finish() {
  if (open_) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
    open_ = false;
  }
  ::shutdown(socket_, SHUT_WR);
}

} // namespace tier2::cloud
