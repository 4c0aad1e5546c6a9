#pragma once

#include "actors/actor.hpp"
#include "actors/relay/ticket_routes.hpp"
#include "platform/local_link.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace tier2 {

/// Where it listens, and whom it asks beside the two that it always needs.
struct relay_surroundings {
  std::string path, cloud_host;
  keystore_actor keystore;
  alerting_actor alerting;
  wall_time started{std::chrono::system_clock::now()}; ///< Of the service.
};

struct relay_state {
  std::unique_ptr<local_link_server> server;
  relay_surroundings around;
  channel_actor channel;
  health_actor health;
  std::map<std::uint64_t, peer_identity> helpers; ///< By connection.
  /// Connections of programs that asked for the status or brought an alert: nobody's desktop.
  std::set<std::uint64_t> visitors;
  ticket_routes routes;
  cloud_status cloud;
  wall_time cloud_since{std::chrono::system_clock::now()};
  tier2::meter meter;
  static inline const char* name = "relay";
};

/// Listens for helpers, adds who they are by the kernel's word, and passes their tickets on; keeps none.
/// Takes alerts of other programs and says how the service is, to root and its own account. Ends with the
/// listener's error when the path cannot be used.
relay_actor::behavior_type relay(relay_actor::stateful_pointer<relay_state> self, relay_surroundings around,
                                 channel_actor channel, health_actor health);

} // namespace tier2
