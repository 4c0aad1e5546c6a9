#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace tier2 {

/// Exponential backoff with full jitter (M. Brooker, "Exponential Backoff And Jitter", 2015): a random wait
/// between nothing and a bound that doubles.
class backoff {
public:
  backoff(std::chrono::milliseconds first, std::chrono::milliseconds longest)
      : first_(first), longest_(longest) {}
  /// `random` is a uniform 32-bit number.
  std::chrono::milliseconds next(std::uint32_t random) {
    auto bound = first_;
    for (std::uint32_t i = 0; i < failures_ && bound < longest_; ++i)
      bound *= 2;
    bound = std::min(bound, longest_);
    if (failures_ < 32) ++failures_;
    return std::chrono::milliseconds{static_cast<std::int64_t>(static_cast<double>(bound.count()) *
                                                               (static_cast<double>(random) / 4294967295.0))};
  }
  void succeeded() { failures_ = 0; }

private:
  std::chrono::milliseconds first_, longest_;
  std::uint32_t failures_{};
};

} // namespace tier2
