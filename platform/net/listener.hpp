#pragma once

#include "platform/net/websocket_server.hpp"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace tier2::net {

/// A listening socket that accepts until it is closed; where descriptors run out it pauses. For the thread of
/// its io_context.
class listener {
public:
  listener(asio::io_context& io, std::function<void(asio::ip::tcp::socket)> on_socket)
      : acceptor_(io), pause_(io), on_socket_(std::move(on_socket)) {}
  /// Without TLS (`plain`) only loopback is listened on. False and `why` filled when it cannot listen.
  bool open(const std::string& address, std::uint16_t port, bool plain, websocket_server::failure& why);
  void accept();
  void close();
  std::uint16_t port() const { return port_; }

private:
  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::function<void(asio::ip::tcp::socket)> on_socket_; // must not throw
  std::uint16_t port_{};
};

} // namespace tier2::net
