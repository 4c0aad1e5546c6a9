#include "actors/supervisor/restart_policy.hpp"

#include <algorithm>

namespace tier2 {

std::optional<std::chrono::milliseconds> restart_policy::on_down(steady_time now, cause why) {
  if (why == cause::environment) {
    // An outage is over when a start held for longer than the longest delay.
    if (now - last_outage_ > 2 * bounds_.longest_delay) outages_ = 0;
    if (outages_ == 0) first_outage_ = now;
    last_outage_ = now;
    if (now - first_outage_ > bounds_.longest_outage) return std::nullopt;
    ++restarts_;
    return delay(++outages_);
  }
  while (!crashes_.empty() && crashes_.front() < now - bounds_.within)
    crashes_.pop_front();
  crashes_.push_back(now);
  if (crashes_.size() > bounds_.crashes) return std::nullopt;
  ++restarts_;
  return delay(crashes_.size());
}

std::chrono::milliseconds restart_policy::delay(std::size_t nth) const {
  auto wait = bounds_.first_delay;
  for (std::size_t i = 1; i < nth && wait < bounds_.longest_delay; ++i)
    wait *= 2;
  return std::min(wait, bounds_.longest_delay);
}

} // namespace tier2
