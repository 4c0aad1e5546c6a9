#pragma once

#include "messages/frame.hpp"

#include <cstdint>
#include <optional>

namespace tier2 {

/// Bounds the demand for pictures: at most one being taken and one waiting. A trigger that comes while one
/// waits takes its place (the newest shows what the user sees now); the replaced one is counted.
class capture_gate {
public:
  struct counters {
    std::uint64_t taken{};     ///< Grabs that were started.
    std::uint64_t coalesced{}; ///< Replaced while waiting.
    std::uint64_t resting{};   ///< Came while recording rests, or were waiting when the rest began.
  };

  /// The event to grab for now, if any.
  std::optional<trigger_event> on_trigger(const trigger_event& event);
  /// The grab in hand is kept or lost; the event to grab for next, if any.
  std::optional<trigger_event> on_done();
  /// A rest drops what waits; what is being taken is finished.
  void set_recording(bool on);
  bool idle() const { return !busy_; }
  const counters& counts() const { return counts_; }

private:
  bool busy_{false};
  bool recording_{true};
  std::optional<trigger_event> waiting_;
  counters counts_;
};

} // namespace tier2
