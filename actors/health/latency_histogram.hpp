#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>

namespace tier2 {

/// Counts durations in buckets that are 25 % wide, from 1 µs to 64 s; constant memory.
class latency_histogram {
public:
  void record(std::chrono::microseconds duration) {
    ++counts_[bucket(static_cast<std::uint64_t>(duration.count() < 0 ? 0 : duration.count()))];
    ++total_;
  }
  /// The upper bound of the bucket that holds this quantile (0..1), in µs; 0 when nothing was recorded.
  std::uint64_t quantile(double q) const {
    if (total_ == 0) return 0;
    const auto wanted = static_cast<std::uint64_t>(q * static_cast<double>(total_ - 1)) + 1;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen >= wanted) return upper_bound(i);
    }
    return upper_bound(counts_.size() - 1);
  }
  std::uint64_t total() const { return total_; }

private:
  static std::size_t bucket(std::uint64_t us) {
    if (us < 4) return us;
    const auto log = static_cast<std::size_t>(std::bit_width(us)) - 1; // at least 2
    const auto quarter = (us >> (log - 2)) & 3U;
    const auto at = 4 + (log - 2) * 4 + quarter;
    return at < size ? at : size - 1;
  }
  static std::uint64_t upper_bound(std::size_t at) {
    if (at < 4) return at;
    const auto log = (at - 4) / 4 + 2;
    const auto quarter = (at - 4) % 4;
    return ((4 + quarter + 1) << (log - 2)) - 1;
  }
  static constexpr std::size_t size = 4 + 25 * 4;
  std::array<std::uint64_t, size> counts_{};
  std::uint64_t total_{};
};

} // namespace tier2
