#pragma once

#include "messages/frame.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

namespace tier2 {

/// The last frames, oldest first, bounded by count, bytes and age. Chunks shared by frames count once.
class frame_ring {
public:
  struct limits {
    std::uint32_t frames{60};
    std::uint64_t bytes{256ULL << 20U};
    std::chrono::seconds age{15 * 60};
    std::uint32_t lost{8}; ///< Pictures that could not be taken; they take no place from those that were.
  };
  struct counters {
    std::uint64_t evicted_count{}, evicted_bytes{}, evicted_age{}; ///< Frames dropped, by reason.
    std::uint64_t evicted_lost{};
    std::uint64_t refused{}; ///< Larger than the whole ring.
  };
  explicit frame_ring(limits bounds);

  /// Keeps the frame and drops what no longer fits. A frame larger than the whole ring is refused and
  /// counted.
  void push(std::shared_ptr<const kept_frame> frame, steady_time now);
  /// Drops what is too old. Called before each reading too: no timer runs for it.
  void expire(steady_time now);
  /// Frames whose grab was complete at or before `until`, oldest first.
  std::vector<std::shared_ptr<const kept_frame>> snapshot(steady_time until, steady_time now);
  /// Drops every frame whose grab was complete at or before `until`: its ticket is sent or discarded.
  void forget(steady_time until);

  std::size_t size() const { return frames_.size(); }
  std::uint64_t bytes() const { return bytes_; }
  const counters& counts() const { return counts_; }

private:
  void drop_oldest();
  limits bounds_;
  std::deque<std::shared_ptr<const kept_frame>> frames_, lost_;
  std::unordered_map<const sealed_chunk*, std::uint32_t> holders_;
  std::uint64_t bytes_{};
  counters counts_;
};

} // namespace tier2
