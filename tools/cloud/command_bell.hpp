#pragma once

#include "messages/uuid.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>

namespace tier2::cloud {

/// Wakes who waits for news of a command. From any thread.
class command_bell {
public:
  /// Counts up with each ring; only commands that somebody listens to are remembered.
  using count = std::uint64_t;

  void ring(const uuid& command);
  void ring(const std::set<uuid>& commands);
  /// What changed is not known.
  void ring_all();
  /// Listens to one command while it lives.
  class listener {
  public:
    listener(command_bell& bell, const uuid& command);
    ~listener();
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;
    count now() const;
    /// True when it rang since `seen`; false when time is up or somebody asked to stop.
    bool wait(count seen, std::chrono::milliseconds limit, const std::stop_token& stop) const;

  private:
    command_bell& bell_;
    uuid command_;
  };

private:
  struct ear {
    count rang{};
    std::size_t listeners{};
  };
  std::mutex guard_;
  std::condition_variable_any wake_;
  std::map<uuid, ear> ears_;
};

} // namespace tier2::cloud
