#pragma once

#include "actors/consent/page_session.hpp"
#include "messages/error.hpp"
#include "messages/page.hpp"

#include <functional>
#include <memory>
#include <string>

namespace tier2 {

/// The ticket page on loopback: `page_session`'s rules bound to a real server, and what a page that comes
/// anew must be shown. Methods may be called from any thread; the callbacks come from the server's own and
/// must not block.
class page_server {
public:
  struct options {
    std::uint16_t port{0}; ///< 0: any free one.
    page_session::handover handover{page_session::handover::file};
    std::string runtime;  ///< Private directory for the handover file; made (0700) when it is missing.
    std::string language; ///< "en", "de" or empty: the browser's.
  };
  struct callbacks {
    std::function<void(page_command)> on_command; ///< Never a `claim`.
    std::function<void(bool)> on_present;         ///< A page came, or went and none is there.
    std::function<void()> on_reopen; ///< The user asks for the page anew: `open` and the browser.
  };
  struct counters {
    page_session::counters session;
    std::uint64_t malformed{};          ///< Messages that were no command.
    std::uint64_t thumbnails_dropped{}; ///< Not kept for a page that comes later: more than `max_kept_bytes`.
    std::uint64_t stale_images{};       ///< Full pictures that nobody waited for any more.
  };
  static constexpr std::size_t max_kept_bytes = 64U << 20U;

  /// `in_use` when the port is taken, else what prevented it.
  static result<std::unique_ptr<page_server>> listen(options what, callbacks tell);
  /// Erases the handover file and ends all connections. Not from a callback.
  virtual ~page_server() = default;

  virtual std::uint16_t port() const = 0;
  /// What to open in the browser now: a file's path or an address, good once and for 60 s.
  virtual result<std::string> open() = 0;
  /// From now on a page shows this.
  virtual void show_view(const ticket_view& view) = 0;
  /// A thumbnail, kept for later pages while the ticket is open; or the full picture that the page waits for.
  virtual void show_image(const rgba_image& image) = 0;
  /// Forgets the secret, the view and the pictures and ends the page.
  virtual void close_ticket() = 0;
  virtual counters counts() const = 0;
};

} // namespace tier2
