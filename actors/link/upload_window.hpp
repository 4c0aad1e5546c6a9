#pragma once

#include "messages/frame.hpp"
#include "messages/wire/local_frame.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace tier2 {

/// How much of an upload may be under way, so that a small message behind it waits for about `target` and not
/// longer, on a fast line and on a slow one: what acknowledgements take beyond the shortest of this
/// connection is time in a queue, and the window grows while that is below the target and shrinks while it is
/// above (the way of LEDBAT, RFC 6817). Pure: the time is told.
class upload_window {
public:
  static constexpr std::uint64_t smallest = 32U << 10U;
  static constexpr std::uint64_t largest = 2 * wire::max_local_bulk_bytes;
  static constexpr std::uint64_t smallest_piece = 16U << 10U;
  static constexpr std::chrono::milliseconds target{20};

  /// A connection begins: another way, of which nothing is known.
  void begin();
  /// Up to this many bytes of the whole have been handed over by now.
  void sent(std::uint64_t up_to, steady_time now);
  /// This many bytes of the whole are acknowledged. Less than before: what was sent is no measure any more.
  void acknowledged(std::uint64_t up_to, steady_time now);

  std::uint64_t bytes() const { return bytes_; }
  /// What goes in one message: a quarter of the window, so that acknowledgements come steadily; at most
  /// `wire::max_local_bulk_bytes`.
  std::uint64_t piece() const;

private:
  struct mark {
    std::uint64_t up_to{};
    steady_time when;
  };
  static constexpr std::uint64_t first = 64U << 10U;

  void measured(std::chrono::nanoseconds took, std::uint64_t news);

  std::uint64_t bytes_{first};
  std::deque<mark> under_way_;
  std::uint64_t acknowledged_{};
  std::optional<std::chrono::nanoseconds> shortest_;
  /// The last ones: one that a busy machine held up is no queue, so the least of them counts.
  std::array<std::chrono::nanoseconds, 3> latest_{};
  std::size_t count_{};
};

} // namespace tier2
