#pragma once

#include "actors/actor.hpp"
#include "actors/channel/backoff.hpp"
#include "messages/config.hpp"
#include "platform/net/websocket_client.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tier2 {

struct channel_state {
  agent_config::cloud_section cloud;
  keystore_actor keystore;
  relay_actor relay;
  std::unique_ptr<net::websocket_client> client;
  std::uint64_t connection{};
  bool enrolling{false};
  digest key_digest;
  cloud_status status;
  backoff wait{std::chrono::milliseconds{1000}, std::chrono::milliseconds{300'000}};
  tier2::meter meter;
  static inline const char* name = "channel";
};

/// Keeps the one connection to the cloud: asks the keystore for the header, enrols if need be, says hello,
/// and comes back with exponential backoff and full jitter, for ever.
channel_actor::behavior_type channel(channel_actor::stateful_pointer<channel_state> self,
                                     agent_config::cloud_section cloud, keystore_actor keystore,
                                     relay_actor relay);

} // namespace tier2
