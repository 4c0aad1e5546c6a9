#pragma once

#include "messages/digest.hpp"
#include "messages/frame.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tier2 {

/// Tokens from a bucket that refills evenly: at most `burst` at once, `per_second` in the long run.
class request_allowance {
public:
  request_allowance(double per_second, double burst) : rate_{per_second}, burst_{burst}, left_{burst} {}
  bool take(steady_time now);

private:
  double rate_, burst_, left_;
  std::optional<steady_time> last_;
};

/// Who may have the ticket page and talk through it (protocol, section 6). Pure: the clock and the random
/// bytes are given, what comes back are decisions. Of each secret it keeps only the digest.
class page_session {
public:
  using connection_id = std::uint64_t;
  using random_256 = std::array<std::byte, 32>;

  static constexpr std::chrono::seconds token_life{
      60}; ///< Of a token, and of a page's secret until it is claimed.
  static constexpr std::chrono::seconds reopen_window{
      60};                                             ///< After a page went away a reload reopens by itself.
  static constexpr std::chrono::seconds reopen_gap{2}; ///< Between two openings through the reopen page.
  static constexpr std::size_t max_unclaimed = 8;      ///< Connections that have not claimed yet.

  /// WebSocket close codes of the page.
  static constexpr std::uint16_t close_policy = 1008; ///< Too many messages, or not one of ours.
  static constexpr std::uint16_t close_unclaimed =
      4401; ///< No secret, a wrong one, or one that was claimed before.
  static constexpr std::uint16_t close_replaced = 4409; ///< A newer page took over.
  static constexpr std::uint16_t close_ended = 4410;    ///< The ticket is closed.

  enum class handover : std::uint8_t { file, url };
  page_session(std::uint16_t port, handover way) : port_{port}, way_{way} {}

  /// What a request says about itself; absent headers are absent.
  struct request {
    std::string_view method, path, query, body;
    std::optional<std::string_view> host, origin;
    bool for_service_worker{}; ///< A script that would outlive the page: no file of ours is one.
    bool in_foreign_page{};    ///< An image, script or fetch of another site's page (Fetch Metadata).
  };
  enum class serve : std::uint8_t {
    asset,       ///< 200, the embedded file `name`.
    page,        ///< 200, the ticket page with `secret` in it.
    reopen_page, ///< 200 (or `status`), the page that asks to be reopened.
    reopen,      ///< 202, and the helper opens the page anew.
    refusal,     ///< `status` and nothing else.
  };
  struct answer {
    serve what{serve::refusal};
    std::uint16_t status{403};
    std::string name;
    std::string secret;
  };
  struct closing {
    connection_id which{};
    std::uint16_t code{};
    bool operator==(const closing&) const = default;
  };
  struct claim_outcome {
    bool attached{};
    std::vector<closing> close; ///< The older page, or the connection whose claim was wrong.
  };
  struct counters {
    std::uint64_t foreign{};      ///< Refused for their Host or Origin.
    std::uint64_t wrong_tokens{}; ///< Tokens unknown, used before or too old.
    std::uint64_t wrong_claims{};
    std::uint64_t too_many{}; ///< Requests and messages above the allowance.
  };

  /// The helper opens the page: a ticket is open from now on. Returns the one-time token; an older one is
  /// void.
  std::string open(const random_256& random, steady_time now);
  /// The ticket is gone: every secret is forgotten, `close` names the connections to end.
  std::vector<closing> close();

  /// Decides about one HTTP request; `random` becomes the page's secret if it is given one.
  answer decide(const request& what, const random_256& random, steady_time now);
  /// Whether this upgrade may go on; `closing` holds connections that make room for it.
  bool upgrade(connection_id who, const request& what, steady_time now, std::vector<closing>& make_room);
  /// A page's first message.
  claim_outcome claim(connection_id who, std::string_view secret, steady_time now);
  /// Whether a later message of this connection counts; else the code to close it with.
  std::optional<std::uint16_t> admit(connection_id who, steady_time now);
  /// Another ticket takes the place of the one that the page shows: that page is no longer attached.
  std::optional<closing> turn_over(steady_time now);
  /// The connection is gone; true when it was the attached page.
  bool gone(connection_id who, steady_time now);

  std::uint16_t port() const { return port_; }
  bool ticket_open() const { return open_; }
  std::optional<connection_id> attached() const { return attached_; }
  const counters& counts() const { return counts_; }

private:
  struct expiring {
    digest of;
    steady_time until;
  };
  bool host_is_ours(const request& what) const;
  bool origin_is_ours(std::string_view origin) const;
  bool spend(std::optional<expiring>& secret, std::string_view given, steady_time now);
  answer hand_over(std::string_view token, const random_256& random, steady_time now);
  answer reopen(bool by_itself, steady_time now);

  std::uint16_t port_;
  handover way_;
  bool open_{};
  std::optional<expiring> token_, page_secret_;
  std::optional<connection_id> attached_;
  std::vector<connection_id> unclaimed_; ///< Oldest first.
  std::optional<steady_time> went_away_, reopened_;
  request_allowance requests_{30, 90}, messages_{60, 240};
  counters counts_;
};

} // namespace tier2
