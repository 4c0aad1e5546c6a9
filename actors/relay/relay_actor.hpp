#pragma once

#include "actors/actor.hpp"
#include "actors/relay/ticket_routes.hpp"
#include "platform/local_link.hpp"

#include <map>
#include <memory>
#include <string>

namespace tier2 {

struct relay_state {
  std::unique_ptr<local_link_server> server;
  std::string cloud_host;
  channel_actor channel;
  health_actor health;
  std::map<std::uint64_t, peer_identity> helpers; ///< By connection.
  ticket_routes routes;
  cloud_status cloud;
  tier2::meter meter;
  static inline const char* name = "relay";
};

/// Listens for helpers at `path`, adds who they are by the kernel's word, and passes their tickets on; keeps
/// none. Ends with the listener's error when the path cannot be used.
relay_actor::behavior_type relay(relay_actor::stateful_pointer<relay_state> self, std::string path,
                                 std::string cloud_host, channel_actor channel, health_actor health);

} // namespace tier2
