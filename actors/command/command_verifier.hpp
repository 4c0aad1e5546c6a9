#pragma once

#include "messages/command.hpp"
#include "platform/crypto/ecdsa.hpp"

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace tier2 {

/// Decides whether a compact JWS is a command for this machine, now (protocol, section 1): strict parsing,
/// the algorithm before any key, the signature before any of the payload. It remembers nothing; replays are
/// the journal's business.
class command_verifier {
public:
  static constexpr std::size_t max_command_bytes = 64U << 10U;
  static constexpr std::chrono::seconds max_lifetime{24 * 60 * 60};
  static constexpr std::chrono::seconds clock_skew{60};

  explicit command_verifier(std::vector<verification_key> keys) : keys_{std::move(keys)} {}

  /// Who this machine is, for `aud`; its fleets are the keys' thumbprints.
  struct machine {
    std::string agent_id;
    std::vector<std::string> groups;
  };
  /// The checks up to `unsupported_command`, in the protocol's order.
  tl::expected<verified_command, rejection> verify(std::string_view jws, const machine& here,
                                                   unix_seconds now) const;

private:
  std::vector<verification_key> keys_;
};

} // namespace tier2
