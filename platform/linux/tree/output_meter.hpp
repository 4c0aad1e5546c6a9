#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace tier2::os {

/// Largest piece of output that is handed on at once.
inline constexpr std::size_t output_chunk_bytes = 64U << 10U;

/// How much of a command's two streams may be read and is delivered: what is delivered needs credit and never
/// passes the limit; what lies beyond the limit is read at any time, counted, and thrown away.
class output_meter {
public:
  output_meter(std::uint64_t limit, std::uint64_t credit) : limit_{limit}, credit_{credit} {}
  void add_credit(std::uint64_t bytes) {
    credit_ += std::min(bytes, std::numeric_limits<std::uint64_t>::max() - credit_);
  }
  /// How many bytes to read now; 0: none until there is credit.
  std::size_t wanted() const {
    return full() ? output_chunk_bytes
                  : static_cast<std::size_t>(std::min<std::uint64_t>(output_chunk_bytes, credit_));
  }
  struct share {
    std::uint64_t offset{}; ///< Of the first byte in its stream.
    std::size_t deliver{};  ///< So many of the first bytes; the rest is thrown away.
  };
  /// `stream` is 0 or 1.
  share take(std::size_t stream, std::size_t bytes) {
    const auto deliver = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, limit_ - delivered_));
    const share taken{written_[stream], deliver};
    written_[stream] += bytes;
    delivered_ += deliver;
    credit_ -= std::min<std::uint64_t>(credit_, deliver); // past its end only in the last drain
    truncated_ = truncated_ || deliver < bytes;
    return taken;
  }
  std::uint64_t written(std::size_t stream) const { return written_[stream]; }
  bool truncated() const { return truncated_; }

private:
  bool full() const { return delivered_ == limit_; }
  std::uint64_t limit_, credit_;
  std::uint64_t delivered_{};
  std::uint64_t written_[2]{};
  bool truncated_{};
};

} // namespace tier2::os
