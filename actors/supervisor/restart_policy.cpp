#include "actors/supervisor/restart_policy.hpp"

#include <algorithm>

namespace tier2 {

namespace {
void forget_before(std::deque<steady_time>& times, steady_time start) {
  while (!times.empty() && times.front() < start) times.pop_front();
}
} // namespace

std::optional<std::chrono::milliseconds> restart_policy::on_down(steady_time now, cause why) {
  auto& times = why == cause::crash ? crashes_ : outages_;
  // An outage is over when a start held for longer than the longest delay.
  const auto window = why == cause::crash ? std::chrono::milliseconds{bounds_.within} : 2 * bounds_.longest_delay;
  forget_before(times, now - window);
  times.push_back(now);
  if (why == cause::crash && times.size() > bounds_.crashes) return std::nullopt;
  ++restarts_;
  return delay(times.size());
}

std::chrono::milliseconds restart_policy::delay(std::size_t nth) const {
  auto wait = bounds_.first_delay;
  for (std::size_t i = 1; i < nth && wait < bounds_.longest_delay; ++i) wait *= 2;
  return std::min(wait, bounds_.longest_delay);
}

} // namespace tier2
