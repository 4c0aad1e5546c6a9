#pragma once

#include "messages/wiping_allocator.hpp"
#include "platform/net/intake.hpp"
#include "platform/net/server_trust.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

// Read by C++17 (the library behind it does not compile as C++20) and C++20 alike; needs nothing but headers
// that are so too.
namespace tier2::net {

/// One WebSocket connection over TLS 1.2 or newer, with the peer's chain and name always verified. It has a
/// thread of its own; all callbacks come from there. It connects once: who wants to reconnect makes a new
/// one.
class websocket_client {
public:
  struct options {
    std::string host;
    std::uint16_t port{443};
    std::string path{"/agent/v1"};
    std::string subprotocol{"tier2.v1"};
    std::map<std::string, std::string> headers; ///< Of the upgrade request.
    /// Its header Authorization, which is sent and then wiped; empty: none.
    private_text authorization;
    std::string ca_file; ///< Extra roots beside the system's, PEM; empty: none.
    /// Revocation lists, PEM, read anew by each connection; empty: none. With a file, one in force must be
    /// there of the authority that issued the server's certificate.
    std::string crl_file;
    std::string proxy;                       ///< "http://host:port" or empty.
    std::uint32_t connect_timeout_ms{15000}; ///< For name, TCP, TLS and upgrade together.
    std::uint32_t ping_interval_ms{20000};
    std::uint32_t dead_after_ms{45000};       ///< Without any byte from the peer.
    std::size_t max_message_bytes{1U << 20U}; ///< Larger ones end the connection with 1009.
    std::size_t low_water_bytes{256U << 10U}; ///< See on_drained.
    /// More handed over and not written to the socket ends the connection (`overflow`); 0: no bound.
    std::size_t max_buffered_bytes{8U << 20U};
    /// While so many texts, or bytes of them, are held by receipts, the peer is not read from; 0: no bound.
    /// What the last read brought (16 KiB) is still handed over.
    std::size_t max_held_texts{64}, max_held_bytes{4U << 20U};
  };
  enum class end_reason : std::uint8_t {
    closed,       ///< A close handshake; see code and reason.
    unreachable,  ///< Name, TCP or proxy.
    untrusted,    ///< The certificate; `text` is a sentence that an administrator understands.
    http_refused, ///< The upgrade got another status than 101; `code` is the status.
    protocol,     ///< The peer broke the WebSocket protocol.
    dead,         ///< Nothing heard for too long.
    overflow,     ///< The peer does not take what it is sent.
    stopped,      ///< We ended it, also because of an exception out of a callback.
  };
  struct ended {
    end_reason why{};
    std::uint32_t code{}; ///< Close code or HTTP status, else 0.
    std::string text;
  };
  struct callbacks {
    std::function<void()> on_open;
    std::function<void(std::string)> on_text;
    /// In place of on_text, for who passes texts on: it counts as received and not done with while its
    /// receipt lives.
    std::function<void(std::string, intake::receipt)> on_held_text{};
    std::function<void(std::vector<unsigned char>)> on_binary;
    std::function<void(ended)> on_ended; ///< Exactly once, the last callback.
    /// buffered_bytes() was above low_water_bytes and no longer is: who has bulk to send goes on.
    std::function<void()> on_drained{};
    /// The server's certificate was verified; what it says of the future. Before on_open, if that comes.
    std::function<void(server_trust)> on_verified{};
  };
  static std::unique_ptr<websocket_client> connect(options where, callbacks tell);
  /// Ends the connection (1001) and joins the thread. Not from a callback.
  virtual ~websocket_client() = default;
  /// From any thread; nothing happens after the end, nor to what is beyond max_buffered_bytes.
  virtual void send_text(std::string text) = 0;
  virtual void send_binary(std::vector<unsigned char> bytes) = 0;
  virtual void close(std::uint16_t code, std::string reason) = 0;
  /// Bytes handed over and not yet written to the socket.
  virtual std::size_t buffered_bytes() const = 0;
};

} // namespace tier2::net
