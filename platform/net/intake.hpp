#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>

// Read by C++17 and C++20 alike; see websocket_client.hpp.
namespace tier2::net {

/// Counts what was received and is not done with yet, so that who sends faster than we work is not read from.
/// Thread-safe.
class intake : public std::enable_shared_from_this<intake> {
public:
  /// As long as it, or a copy of it, lives, its message counts.
  using receipt = std::shared_ptr<const void>;

  /// 0: no bound. `on_room` comes once for each time that it was full, when half of each bound is free again,
  /// on the thread that let the last receipt go.
  intake(std::size_t most_messages, std::size_t most_bytes, std::function<void()> on_room);
  receipt take(std::size_t bytes);
  /// A bound was reached, and there was no room since.
  bool full() const;

private:
  struct held;
  void give_back(std::size_t bytes);

  const std::size_t most_messages_, most_bytes_;
  const std::function<void()> on_room_;
  mutable std::mutex mutex_; // guards what follows
  std::size_t messages_{}, bytes_{};
  bool full_{};
};

} // namespace tier2::net
