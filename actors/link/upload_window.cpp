#include "actors/link/upload_window.hpp"

#include <algorithm>

namespace tier2 {

namespace {

/// Of what a whole window's acknowledgements could change; with more, the window swings around the target.
constexpr double gain = 0.25;

} // namespace

void upload_window::begin() { *this = {}; }

void upload_window::sent(std::uint64_t up_to, steady_time now) { under_way_.push_back({up_to, now}); }

void upload_window::acknowledged(std::uint64_t up_to, steady_time now) {
  if (up_to < acknowledged_) {
    acknowledged_ = up_to;
    return under_way_.clear();
  }
  const auto news = up_to - acknowledged_;
  acknowledged_ = up_to;
  std::optional<steady_time> when;
  for (; !under_way_.empty() && under_way_.front().up_to <= up_to; under_way_.pop_front())
    when = under_way_.front().when;
  if (when) measured(now - *when, news);
}

void upload_window::measured(std::chrono::nanoseconds took, std::uint64_t news) {
  shortest_ = std::min(shortest_.value_or(took), took);
  latest_[count_++ % latest_.size()] = took;
  const auto known = std::min(count_, latest_.size());
  const auto least = *std::min_element(latest_.begin(), latest_.begin() + static_cast<std::ptrdiff_t>(known));
  const std::chrono::duration<double, std::milli> queued = least - *shortest_;
  const double room = std::clamp(1.0 - queued.count() / static_cast<double>(target.count()), -1.0, 1.0);
  const double to = static_cast<double>(bytes_) + gain * room * static_cast<double>(std::min(news, bytes_));
  bytes_ =
      static_cast<std::uint64_t>(std::clamp(to, static_cast<double>(smallest), static_cast<double>(largest)));
}

std::uint64_t upload_window::piece() const {
  constexpr std::uint64_t page = 4096;
  return std::clamp<std::uint64_t>(bytes_ / 4 / page * page, smallest_piece, wire::max_local_bulk_bytes);
}

} // namespace tier2
