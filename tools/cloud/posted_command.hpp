#pragma once

#include "messages/command.hpp"
#include "messages/digest.hpp"
#include "messages/frame.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tier2::cloud {

/// What the cloud reads of a signed command in order to route it. It does not verify the signature: it has no
/// right to decide, and what it reads may be a lie, which each agent then refuses.
struct posted_command {
  std::string jws;
  digest signing_input; ///< BLAKE2b-256; signatures are malleable and so no key.
  std::string kid;
  std::string payload; ///< JSON.
  command_claims claims;
  std::string summary;                         ///< One line for people.
  std::uint64_t output_limit{};                ///< Most bytes that may come back; 0 for all but `run`.
  std::chrono::seconds run_time{24 * 60 * 60}; ///< How long it may run, as far as it says so.
  wall_time held_until() const;                ///< `exp`.
  /// From `iat` to `exp`; beyond `longest_lifetime` every machine refuses it.
  std::chrono::seconds lifetime() const { return claims.expires - claims.issued; }
  static constexpr std::chrono::seconds longest_lifetime{24 * 60 * 60};
};

/// `too_large`, `unsupported` (algorithm) or `malformed` as in `wire/jws.hpp` and `wire/claims.hpp`.
result<posted_command> read_posted_command(std::string_view jws);

/// "sh: the first line", "cancel 7a…" and so on, at most 200 bytes.
std::string summary_of(const command& what);

} // namespace tier2::cloud
