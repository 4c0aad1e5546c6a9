#pragma once

#include "actors/actor.hpp"
#include "actors/consent/page_server.hpp"

#include <functional>
#include <memory>
#include <string>

namespace tier2 {

/// Shows a file or an address to the user.
using open_page = std::function<result<void>(const std::string& target)>;

struct consent_state {
  std::unique_ptr<page_server> server;
  open_page browser;
  ticket_actor ticket;
  tier2::meter meter;
  static inline const char* name = "consent";
};

/// Serves the ticket page and brings it to the user's eyes. Ends with the server's error when it cannot
/// listen.
consent_actor::behavior_type consent(consent_actor::stateful_pointer<consent_state> self,
                                     page_server::options options, open_page browser, ticket_actor ticket);

} // namespace tier2
