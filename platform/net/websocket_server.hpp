#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

// Read by C++17 and C++20 alike; see websocket_client.hpp.
namespace tier2::net {

/// HTTP and WebSocket on one port, over TLS or, on loopback only, plain. One thread; all callbacks come from
/// it and must not block. Everything from outside is bounded: connections, header bytes, time to upgrade.
class websocket_server {
public:
  using connection_id = std::uint64_t;
  struct request {
    std::string method, path, query;            ///< Path is not decoded.
    std::map<std::string, std::string> headers; ///< Names in lower case.
    std::string body;                           ///< At most 64 KiB.
    std::string remote;                         ///< Address of the peer.
  };
  struct response {
    std::uint16_t status{200};
    std::map<std::string, std::string> headers;
    std::string body;
  };
  /// What to do with an upgrade request: accept with a subprotocol (may be empty), or refuse with a status.
  struct upgrade {
    bool accept{};
    std::string subprotocol;
    std::uint16_t status{403};
  };
  struct options {
    std::string address{"127.0.0.1"};
    std::uint16_t port{0};        ///< 0: any free one.
    bool tls{true};               ///< false is refused for any address that is not loopback.
    std::string certificate, key; ///< PEM files.
    std::size_t max_message_bytes{1U << 20U};
    std::uint32_t upgrade_timeout_ms{10000};
    std::uint32_t ping_interval_ms{20000}; ///< 0: never.
    std::uint32_t dead_after_ms{45000};    ///< 0: never.
    std::size_t max_connections{10000};
    /// Connections of one group that are not upgraded yet; beyond it the oldest of them is closed. 0: none.
    std::size_t max_unfinished_per_group{0};
    /// Who counts as one: from a peer's address; without it, each address.
    std::function<std::string(const std::string&)> group_of{};
    std::size_t max_buffered_bytes{
        64U << 20U}; ///< Unsent bytes of one connection; beyond it is closed and counted.
  };
  struct callbacks {
    std::function<response(const request&)> on_request; ///< Plain HTTP requests.
    std::function<upgrade(connection_id, const request&)> on_upgrade;
    std::function<void(connection_id)> on_open;
    std::function<void(connection_id, std::string)> on_text;
    std::function<void(connection_id, std::vector<unsigned char>)> on_binary;
    /// Once for each on_open: the close code, 1006 without a close handshake, 1008 after an overflow.
    std::function<void(connection_id, std::uint16_t code)> on_close;
    /// A callback, or the library below, threw `what`: the connection it was about is ended (1006), all
    /// others go on. Must not throw.
    std::function<void(std::string what)> on_fault{};
  };
  struct failure {
    bool in_use{};
    std::string what; ///< A sentence: which address, what it means, what to do.
  };
  /// Since the start.
  struct counts {
    std::uint64_t accepted{};
    std::uint64_t turned_away{}; ///< Beyond max_connections, all of them upgraded.
    std::uint64_t too_late{};    ///< No request or upgrade within upgrade_timeout_ms.
    std::uint64_t overflowed{};  ///< More than max_buffered_bytes unsent.
    std::uint64_t dead{};        ///< Nothing heard for dead_after_ms.
    std::uint64_t faults{};      ///< See on_fault.
    std::uint64_t evicted{};     ///< Closed before the upgrade, to make room for another.
    std::uint64_t silent{};      ///< Sent TLS records without end and no data in them.
  };
  /// Nothing and `why` filled when it cannot listen.
  static std::unique_ptr<websocket_server> listen(options where, callbacks tell, failure& why);
  /// Closes every connection (1001) and joins the thread. Not from a callback.
  virtual ~websocket_server() = default;
  virtual std::uint16_t port() const = 0;
  /// From any thread.
  virtual void send_text(connection_id to, std::string text) = 0;
  virtual void send_binary(connection_id to, std::vector<unsigned char> bytes) = 0;
  virtual void close(connection_id which, std::uint16_t code, std::string reason) = 0;
  /// Runs `what` on the server's thread, soon.
  virtual void post(std::function<void()> what) = 0;
  /// From any thread.
  virtual counts counted() const = 0;
};

} // namespace tier2::net
