#pragma once

#include "messages/wiping_allocator.hpp"
#include "platform/net/websocket_server.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tier2::net {

/// One connection's bytes to and from HTTP requests and WebSocket messages (RFC 9112, RFC 6455), without a
/// socket and without a clock. No extensions. For one thread; events come from inside its calls and must not
/// destroy it.
class websocket_codec {
public:
  /// How it ended, from the point of view of the bytes.
  struct outcome {
    enum class kind : std::uint8_t {
      closed,  ///< By a close handshake; `code` and `text` are the peer's.
      broken,  ///< The peer broke the protocol or a limit; `code` is what we closed with.
      refused, ///< Client: the answer to the upgrade was another status than 101, in `code`.
      lost,    ///< The stream ended without a close frame.
      answered ///< Server: a plain request was answered or an upgrade refused.
    };
    kind what{kind::lost};
    std::uint32_t code{};
    std::string text;
  };
  struct events {
    std::function<void(const char*, std::size_t)> write; ///< Bytes for the peer.
    std::function<void()> on_open;
    std::function<void(std::string)> on_text;
    std::function<void(std::vector<unsigned char>)> on_binary;
    std::function<bool()> may_answer_ping; ///< False: this ping gets no pong.
    std::function<websocket_server::response(const websocket_server::request&)> on_request;
    std::function<websocket_server::upgrade(const websocket_server::request&)> on_upgrade;
    /// Exactly once: what was written should still go out, nothing else will come.
    std::function<void(outcome)> on_finished;
  };
  struct client_request {
    std::string host; ///< As it stands in a URL: an IPv6 address in brackets.
    std::uint16_t port{};
    std::string path, subprotocol;
    std::map<std::string, std::string> headers;
    private_text authorization; ///< As in websocket_client::options.
  };

  /// The client's end; writes the upgrade request in `start`.
  static std::unique_ptr<websocket_codec> client(client_request what, std::size_t max_message_bytes,
                                                 events tell);
  /// The server's end, for a peer at `remote`; bodies are bounded by 64 KiB and header lines by 16,000 bytes.
  static std::unique_ptr<websocket_codec> server(std::string remote, bool secure,
                                                 std::size_t max_message_bytes, events tell);
  virtual ~websocket_codec() = default;
  virtual void start() = 0;
  virtual void receive(const char* bytes, std::size_t count) = 0;
  virtual void end_of_stream() = 0;
  /// Dropped unless open; text that is not UTF-8 is dropped too.
  virtual void send_text(const std::string& text) = 0;
  virtual void send_binary(const std::vector<unsigned char>& bytes) = 0;
  virtual void ping() = 0;
  /// A code that must not be on the wire (RFC 6455, 7.4) becomes 1000; the reason is cut to 123 bytes.
  virtual void close(std::uint16_t code, const std::string& reason) = 0;
};

} // namespace tier2::net
