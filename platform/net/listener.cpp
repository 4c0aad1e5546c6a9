#include "platform/net/listener.hpp"

#include "platform/net/proxy.hpp"

#include <chrono>
#include <utility>

namespace tier2::net {
namespace {

using asio::ip::tcp;
constexpr auto accept_pause = std::chrono::milliseconds(500);

std::string explain_listen(std::error_code failed, const std::string& address, std::uint16_t port) {
  const std::string where = bracketed(address) + ':' + std::to_string(port);
  const std::string consequence = "Cannot listen on " + where + ", so nobody can connect: ";
  if (failed == asio::error::address_in_use) {
    return consequence +
           "another program, or another copy of this one, already uses that port; end it (\"ss -ltnp\" "
           "names it) or configure another port.";
  }
  if (failed == asio::error::access_denied) {
    return consequence +
           "no permission; ports below 1024 need root or CAP_NET_BIND_SERVICE: give it, or configure a "
           "higher port.";
  }
  if (failed.value() == EADDRNOTAVAIL) {
    return consequence +
           "this computer has no such address; configure one of its own (\"ip address\" lists them), or "
           "0.0.0.0 for all.";
  }
  return consequence + failed.message() + "; check the configured address and port.";
}

} // namespace

bool listener::open(const std::string& address_text, std::uint16_t port, bool plain,
                    websocket_server::failure& why) {
  std::error_code failed;
  const auto address = asio::ip::make_address(address_text, failed);
  if (failed) {
    why.what = '"' + address_text +
               "\" is not an IP address, so there is nothing to listen on; configure one like 127.0.0.1, ::1 "
               "or 0.0.0.0.";
    return false;
  }
  if (plain && !address.is_loopback()) {
    why.what =
        "Without TLS it is not allowed to listen on " + address_text +
        ", since anyone on the network could read along; configure a certificate, or listen on 127.0.0.1.";
    return false;
  }
  const tcp::endpoint endpoint(address, port);
  acceptor_.open(endpoint.protocol(), failed);
  if (!failed) {
    acceptor_.set_option(tcp::acceptor::reuse_address(true), failed);
  }
  if (!failed) {
    acceptor_.bind(endpoint, failed);
  }
  if (!failed) {
    acceptor_.listen(tcp::acceptor::max_listen_connections, failed);
  }
  if (failed) {
    why.in_use = failed == asio::error::address_in_use;
    why.what = explain_listen(failed, address_text, port);
    return false;
  }
  port_ = acceptor_.local_endpoint(failed).port();
  return true;
}

void listener::accept() {
  acceptor_.async_accept([this](std::error_code failed, tcp::socket socket) {
    if (!acceptor_.is_open()) {
      return;
    }
    if (failed == asio::error::no_descriptors || failed == asio::error::no_memory ||
        failed == asio::error::no_buffer_space) {
      // Until some connection ends, accepting again at once would only spin.
      pause_.expires_after(accept_pause);
      pause_.async_wait([this](std::error_code stopped) {
        if (!stopped) {
          accept();
        }
      });
      return;
    }
    if (!failed) {
      on_socket_(std::move(socket));
    }
    accept();
  });
}

void listener::close() {
  std::error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

} // namespace tier2::net
