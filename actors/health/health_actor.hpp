#pragma once

#include "actors/actor.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace tier2 {

/// One actor to ask, through its slot.
struct health_peer {
  std::string name;
  caf::strong_actor_ptr slot;
};

struct health_state {
  std::string program;
  std::vector<health_peer> peers;
  std::function<supervisor_actor()> supervisor; ///< Known only after this actor was started by it.
  channel_actor channel;                        ///< In the service: where heartbeats go; none in the helper.
  watch_actor watch;                            ///< In the service: learns what helpers say.
  std::map<std::uint64_t, std::vector<actor_health>> helpers; ///< In the service, by connection.
  std::uint64_t round{};                                      ///< Of the newest gathering.
  std::function<void()> pending;                              ///< Answers it with what has come so far.
  tier2::meter meter;
  static inline const char* name = "health";
};

/// Gathers the health of the program's actors; in the service also that of the helpers, and sends both to the
/// cloud every 30 s.
health_actor::behavior_type health(health_actor::stateful_pointer<health_state> self, std::string program,
                                   std::vector<health_peer> peers,
                                   std::function<supervisor_actor()> supervisor, channel_actor channel,
                                   watch_actor watch);

} // namespace tier2
