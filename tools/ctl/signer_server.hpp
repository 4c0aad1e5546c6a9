#pragma once

#include "messages/error.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace tier2::ctl {

/// The signer on loopback, at two origins. The page with the secret is at a port that the system chooses
/// anew, so that nobody could leave anything for it in the browser; the secret's way is the ticket page's
/// (`actors/consent/page_session.hpp`). The console's page knows the other port, where commands are handed
/// over (`request_door`). Methods may be called from any thread; callbacks come from the servers' own and
/// must not wait for anybody.
class signer_server {
public:
  struct options {
    std::uint16_t port{7717}; ///< Where commands are handed over.
    std::string runtime;      ///< Private directory for the handover file; made (0700) when it is missing.
  };
  /// What becomes of a command that was handed over.
  struct taken {
    std::string refused;  ///< A sentence; empty when it waits to be looked at.
    bool too_many_wait{}; ///< With `refused`: another time it might be taken.
  };
  struct callbacks {
    std::function<taken(std::string)> on_offer; ///< Hostile until it is parsed; at most 64 KiB.
    std::function<void(std::string)> on_text; ///< From the page that has claimed; hostile until it is parsed.
    std::function<void()> on_attached;        ///< A page is there and has been shown nothing yet.
    std::function<void()> on_reopen;          ///< The operator asks for the page: `open` and the browser.
  };

  /// `in_use` when the port is taken, else what prevented it.
  static result<std::unique_ptr<signer_server>> listen(options what, callbacks tell);
  virtual ~signer_server() = default;
  /// Where commands are handed over. None is taken before the first `open`.
  virtual std::uint16_t port() const = 0;
  /// The file to open in the browser now, good once and for 60 s.
  virtual result<std::string> open() = 0;
  /// To the page that is there, if one is.
  virtual void send(std::string text) = 0;
};

} // namespace tier2::ctl
