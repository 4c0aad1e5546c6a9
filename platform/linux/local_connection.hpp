#pragma once

#include "messages/wiping_allocator.hpp"
#include "messages/wire/local_frame.hpp"
#include "platform/linux/asio_local.hpp"
#include "platform/linux/unique_fd.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace tier2::os {

/// One connected socket with its frames in both directions. `send` and `finish` may be called from any
/// thread, the rest belongs to the thread that runs the `io_context`.
class local_connection : public std::enable_shared_from_this<local_connection> {
public:
  enum class cause : std::uint8_t { left, bad_frame, overflow, unsendable, finished };
  /// Called on the io thread; `on_end` once, and nothing after it.
  struct events {
    std::function<void(wire::local_message)> on_message;
    std::function<void(cause, error)> on_end;
  };

  /// `scratch` is where bytes are read into; connections of one thread may share it.
  local_connection(asio::io_context& io, unique_fd socket, private_bytes& scratch, std::size_t max_unsent,
                   events tell);
  void start();
  /// Queues. The connection ends when the unsent bytes pass the bound or the message is above its own
  /// (`too_large`).
  void send(const wire::local_message& message);
  /// Ends after what was sent has left; nothing more is read.
  void finish();
  /// Hands what the socket still takes to it and closes, without a word.
  void abandon();

private:
  void read();
  void take(std::size_t count);
  void write();
  void end(cause what, error why);
  bool write_some();

  asio::io_context& io_;
  asio::local::stream_protocol::socket socket_;
  private_bytes& scratch_;
  const std::size_t max_unsent_;
  events tell_;
  wire::local_frame_reader reader_;
  bool ended_{};
  bool finishing_{};

  std::mutex mutex_; // guards what follows
  std::deque<std::vector<std::byte>> queue_;
  std::size_t written_{}; // of the first in the queue
  std::size_t unsent_{};
  bool writing_{};
  bool closed_{}; // nothing more is taken
};

} // namespace tier2::os
