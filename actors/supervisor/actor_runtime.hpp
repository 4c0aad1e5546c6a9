#pragma once

#include "actors/supervisor/supervisor.hpp"
#include "messages/type_ids.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

namespace tier2 {

/// CAF as this program wants it: few threads, the sharing scheduler (the default one polls when idle), no
/// reading of the command line or of files, all message types known.
class actor_runtime_config : public caf::actor_system_config {
public:
  /// What blocks has a thread of its own, so one or two scheduler threads do; fewer are woken less often.
  explicit actor_runtime_config(std::size_t threads = 2) {
    add_message_types<caf::id_block::tier2>();
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", threads);
    set("scheduler.max-throughput", 100);
  }
};

/// Ends all children in order and returns when they are down, or after `patience`.
inline bool stop_supervised(caf::actor_system& system, const supervisor_actor& supervisor,
                            std::chrono::seconds patience = std::chrono::seconds{20}) {
  bool done = false;
  caf::scoped_actor self{system};
  self->request(supervisor, patience, stop_all{})
      .receive([&](const stopped&) { done = true; }, [](const caf::error&) {});
  return done;
}

} // namespace tier2
