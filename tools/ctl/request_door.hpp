#pragma once

#include "actors/consent/page_session.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tier2::ctl {

/// What is to be had at the port that the console's page knows. Any program of this computer may have held
/// that port before us and left a service worker in the browser, which then speaks for this origin: so
/// nothing secret is served or taken here. Whoever it is can bring commands to be looked at, and ask for the
/// signer's page to be opened. Pure: the clock is given.
class request_door {
public:
  explicit request_door(std::uint16_t port) : port_{port} {}

  /// What a request says about itself; absent headers are absent.
  struct request {
    std::string_view method, path;
    std::optional<std::string_view> host, origin, content_type, service_worker;
  };
  enum class serve : std::uint8_t {
    page,    ///< 200, the page that hands over.
    asset,   ///< 200, the embedded file `name`.
    offer,   ///< The body is a command to look at.
    reopen,  ///< 202, and the operator's browser opens the signer's page.
    refusal, ///< `status` and nothing else.
  };
  struct answer {
    serve what{serve::refusal};
    std::uint16_t status{403};
    std::string_view name;
  };
  answer decide(const request& what, steady_time now);

  struct counters {
    std::uint64_t foreign{};  ///< Refused for their Host or Origin.
    std::uint64_t workers{};  ///< Scripts asked for as service workers.
    std::uint64_t too_many{}; ///< Requests above the allowance, and openings too soon after another.
  };
  const counters& counts() const { return counts_; }

private:
  bool is_ours(std::string_view authority) const;
  std::uint16_t port_;
  std::optional<steady_time> reopened_;
  request_allowance requests_{30, 90};
  counters counts_;
};

} // namespace tier2::ctl
