#pragma once

#include "platform/net/byte_stream.hpp"
#include "platform/net/certificate_objection.hpp"
#include "platform/net/proxy.hpp"
#include "platform/net/websocket_client.hpp"

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/streambuf.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace tier2::net {

/// From a name to a verified TLS stream: lookup, TCP, a proxy's CONNECT, the handshake. One attempt, for the
/// thread of its io_context; only one of the events comes, and none after `cancel`. But `on_verified` may
/// come before `on_stream`.
class connector {
public:
  struct events {
    std::function<void(std::shared_ptr<byte_stream>)> on_stream;
    std::function<void(websocket_client::ended)> on_failure; ///< `unreachable` or `untrusted`.
    std::function<void(server_trust)> on_verified{};
  };
  /// `where` must outlive the connector.
  connector(std::shared_ptr<asio::io_context> io, const websocket_client::options& where, events tell);
  /// `until` is only for dividing the time among several addresses; the caller keeps the limit.
  void start(std::chrono::steady_clock::time_point until);
  void cancel();
  /// What it is waiting for, to end the sentence "no answer while …".
  const std::string& stage() const { return stage_; }
  /// "host:port" of the server.
  std::string target() const { return bracketed(where_.host) + ':' + std::to_string(where_.port); }

private:
  using reason = websocket_client::end_reason;
  void resolve(const std::string& name, std::uint16_t port);
  void resolved(const std::string& name, std::error_code failed,
                std::vector<asio::ip::tcp::endpoint> endpoints);
  void try_next();
  void not_connected(std::error_code failed);
  void connected();
  void ask_proxy();
  void await_proxy();
  void proxy_answered(const std::string& header);
  void start_tls();
  void handshake_failed(std::error_code failed);
  void fail(reason why, std::uint32_t code, std::string text);
  std::string proxy_name() const { return bracketed(proxy_.host) + ':' + std::to_string(proxy_.port); }

  std::shared_ptr<asio::io_context> io_;
  const websocket_client::options& where_;
  events tell_;
  bool over_{};
  std::chrono::steady_clock::time_point until_;
  asio::steady_timer attempt_;
  asio::ip::tcp::socket socket_;
  std::unique_ptr<asio::ssl::context> context_;
  proxy_address proxy_;
  std::string stage_{"starting"}, proxy_request_;
  asio::streambuf proxy_answer_;
  std::vector<asio::ip::tcp::endpoint> endpoints_;
  std::size_t next_endpoint_{};
  certificate_objection objection_;
  std::shared_ptr<byte_stream> stream_;
};

} // namespace tier2::net
