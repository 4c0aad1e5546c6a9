#pragma once

#include "messages/frame.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace tier2 {

/// Decides when a crashed actor is started again: exponential backoff, and giving up when it crashes too
/// often (OTP's restart intensity). Given the clock.
class restart_policy {
public:
  struct limits {
    std::uint32_t crashes{5};                  ///< More than these …
    std::chrono::seconds within{60};           ///< … within this escalate.
    std::chrono::milliseconds first_delay{50}; ///< Doubles with each crash inside the window.
    std::chrono::milliseconds longest_delay{30'000};
    std::chrono::seconds longest_outage{600}; ///< One that goes on for longer escalates.
  };
  enum class cause : std::uint8_t {
    crash,       ///< A bug: counts against the limit.
    environment, ///< The display or another outside part is away: waits ever longer.
  };

  restart_policy() = default;
  explicit restart_policy(limits bounds) : bounds_(bounds) {}

  /// The delay before the next start, or nothing: escalate.
  std::optional<std::chrono::milliseconds> on_down(steady_time now, cause why);
  std::uint32_t restarts() const { return restarts_; }

private:
  std::chrono::milliseconds delay(std::size_t nth) const;
  limits bounds_;
  std::deque<steady_time> crashes_;
  std::size_t outages_{}; ///< One after the other.
  steady_time first_outage_{}, last_outage_{};
  std::uint32_t restarts_{};
};

} // namespace tier2
