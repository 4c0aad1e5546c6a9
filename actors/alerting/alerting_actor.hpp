#pragma once

#include "actors/actor.hpp"
#include "actors/alerting/alert_outbox.hpp"
#include "actors/alerting/flood_gate.hpp"

#include <deque>
#include <optional>
#include <string>

namespace tier2 {

struct alerting_state {
  flood_gate gate{std::chrono::minutes{10}};
  flood_gate gate_of_others{std::chrono::minutes{10}}; ///< Other programs cannot hold ours back.
  std::string directory;
  channel_actor channel;
  keystore_actor keystore;
  std::optional<alert_outbox> outbox; ///< Not before its key is known.
  /// What was raised before that, or while the outbox cannot be opened; at most 64. It is sent all the same.
  std::deque<alert> early;
  bool unopened{}; ///< The outbox could not be opened for want of room.
  bool connected{};
  tier2::meter meter;
  static inline const char* name = "alerting";
};

/// Brings alerts to the cloud, each once and in order, across restarts. It waits for the disk: give it a
/// thread of its own.
alerting_actor::behavior_type alerting(alerting_actor::stateful_pointer<alerting_state> self,
                                       std::string directory, channel_actor channel, keystore_actor keystore);

} // namespace tier2
