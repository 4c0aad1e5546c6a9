#pragma once

#include "actors/actor.hpp"
#include "actors/channel/backoff.hpp"
#include "actors/link/uploader.hpp"
#include "platform/local_link.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tier2 {

/// What signed commands need of the helper: who speaks, and who starts actors again.
struct link_control {
  std::string organisation;
  std::function<supervisor_actor()> supervisor;
};

struct link_state {
  std::string path;
  std::string session;
  ticket_actor ticket;
  health_actor health;
  link_control control;
  std::unique_ptr<local_link_client> client;
  std::uint64_t connection{}; ///< Counts connections, so that late words of an old one are told apart.
  bool retry_pending{false};
  backoff wait{std::chrono::milliseconds{1000}, std::chrono::milliseconds{60'000}};
  wire::link_status cloud; ///< By the service's word.
  std::optional<uploader> upload;
  tier2::meter meter;
  static inline const char* name = "link";
};

/// Holds the connection to the service, sends submissions, and tells how the helper's actors are every 60 s.
/// It never gives up a submission: only the cloud's number, its refusal or the user's `withdraw` end it.
link_actor::behavior_type link(link_actor::stateful_pointer<link_state> self, std::string path,
                               std::string session, ticket_actor ticket, health_actor health,
                               link_control control);

} // namespace tier2
