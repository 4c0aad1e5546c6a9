#pragma once

#include "platform/net/byte_stream.hpp"
#include "platform/net/websocket_codec.hpp"

#include <asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tier2::net {

/// One connection, client's or server's, from the upgrade to the closed socket: messages in order behind a
/// bounded socket queue, pings, and every time limit, on one timer. For the thread of its io_context. What an
/// event throws, but for on_ended and on_released, ends the connection as `faulted` and goes no further.
class websocket_session : public std::enable_shared_from_this<websocket_session> {
public:
  using clock = std::chrono::steady_clock;
  struct limits {
    std::uint32_t ping_interval_ms{}, dead_after_ms{}; ///< 0: never.
    std::uint32_t upgrade_timeout_ms{};                ///< From now to the upgrade; 0: none.
    std::size_t max_message_bytes{};
    std::size_t max_buffered_bytes{}; ///< 0: none.
  };
  enum class end : std::uint8_t { by_bytes, dead, late, overflow, stopped, faulted };
  struct events {
    std::function<void()> on_open;
    std::function<void(std::string)> on_text;
    std::function<void(std::vector<unsigned char>)> on_binary;
    std::function<websocket_server::response(const websocket_server::request&)> on_request;
    std::function<websocket_server::upgrade(const websocket_server::request&)> on_upgrade;
    std::function<void(std::size_t)> on_unsent; ///< buffered() has changed.
    /// Exactly once; the outcome belongs to `by_bytes`, its text alone to `faulted`.
    std::function<void(end, websocket_codec::outcome)> on_ended;
    std::function<void()> on_released; ///< The socket is closed; the last event.
  };

  websocket_session(std::shared_ptr<byte_stream> stream, limits bounds, events tell);
  /// The time to upgrade begins; for a stream whose TLS handshake is still to come.
  void watch();
  void start_client(websocket_codec::client_request what);
  void start_server(std::string remote, bool secure);
  /// Sent after the connection has opened, in order with `close`.
  void send_text(std::string text);
  void send_binary(std::vector<unsigned char> bytes);
  void close(std::uint16_t code, std::string reason);
  /// Closes with 1001 ahead of everything that waits.
  void stop();
  /// Closes the socket at once.
  void abandon(end why);
  /// The peer is not read from until `resume`, and its silence meanwhile is none.
  void pause();
  void resume();
  /// Bytes handed over and not yet written to the socket.
  std::size_t buffered() const { return waiting_bytes_ + stream_->unsent(); }
  byte_stream& stream() { return *stream_; }
  bool open() const { return open_ && !ended_; }
  bool was_open() const { return open_; }
  bool ended() const { return ended_; }

private:
  struct item {
    enum class kind : std::uint8_t { text, binary, close } what;
    std::string text; // or the reason
    std::vector<unsigned char> bytes;
    std::uint16_t code{};
    std::size_t size() const { return text.size() + bytes.size(); }
  };
  websocket_codec::events codec_events();
  void begin(std::unique_ptr<websocket_codec> codec);
  void enqueue(item next);
  void pump();
  void written(std::size_t count);
  void tell_unsent();
  void arm();
  void tick();
  clock::time_point next_deadline() const;
  void break_off(end why, websocket_codec::outcome how);
  /// `unsent`: bytes that are still on their way to the other side.
  void conclude(end why, websocket_codec::outcome how, std::size_t unsent);
  template <class Action>
  void guarded(Action action);
  void fault(const char* what);

  std::shared_ptr<byte_stream> stream_;
  limits bounds_;
  events tell_;
  std::unique_ptr<websocket_codec> codec_;
  asio::steady_timer timer_;
  std::deque<item> waiting_;
  std::size_t waiting_bytes_{};
  clock::time_point born_, heard_, pinged_, progressed_;
  bool open_{}, closing_{}, ended_{}, pumping_{}, paused_{};
};

} // namespace tier2::net
