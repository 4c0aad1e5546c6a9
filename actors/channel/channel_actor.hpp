#pragma once

#include "actors/actor.hpp"
#include "actors/channel/backoff.hpp"
#include "messages/config.hpp"
#include "platform/net/websocket_client.hpp"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace tier2 {

/// Who learns of the connection, and to whom the cloud's messages go.
struct channel_listeners {
  relay_actor relay;
  command_actor command;
  alerting_actor alerting;
  watch_actor watch{}; ///< Learns how long the server will be trusted.
};

struct channel_state {
  agent_config::cloud_section cloud;
  keystore_actor keystore;
  channel_listeners tell;
  command_summary commands;                    ///< For the next hello.
  std::deque<std::vector<unsigned char>> bulk; ///< Waits until what was handed over before has mostly left.
  std::unique_ptr<net::websocket_client> client;
  std::uint64_t connection{};
  bool enrolling{false};
  bool replacing{false};                        ///< With the key of the agent that this machine was before.
  digest key_digest, board_digest, disk_digest; ///< For an enrolment.
  bool contested{false};                        ///< The last link was taken over by another one with our key.
  cloud_status status;
  backoff wait{std::chrono::milliseconds{1000}, std::chrono::milliseconds{300'000}};
  tier2::meter meter;
  static inline const char* name = "channel";
};

/// Keeps the one connection to the cloud: asks the keystore for the header, enrols if need be, says hello,
/// and comes back with exponential backoff and full jitter, for ever.
channel_actor::behavior_type channel(channel_actor::stateful_pointer<channel_state> self,
                                     agent_config::cloud_section cloud, keystore_actor keystore,
                                     channel_listeners tell);

} // namespace tier2
