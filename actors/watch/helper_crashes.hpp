#pragma once

#include "messages/frame.hpp"
#include "messages/health.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tier2 {

/// Tells when parts of a user's helper keep crashing: one crash mends itself and is nobody's business. What
/// helpers say comes from users, so there is one telling for each of them in a while, whatever they claim.
/// Given the clock.
class helper_crashes {
public:
  static constexpr std::uint32_t many{3};        ///< So many restarts …
  static constexpr std::chrono::hours within{1}; ///< … within this are told …
  static constexpr std::chrono::hours quiet{6};  ///< … and not again within this.
  static constexpr std::size_t max_helpers = 1024, max_actors = 64;

  struct news {
    std::string session, names, last_error;
    std::uint32_t crashes{};
  };
  std::optional<news> feed(std::uint64_t connection, const std::string& session,
                           const std::vector<actor_health>& actors, steady_time now);
  void gone(std::uint64_t connection) { helpers_.erase(connection); }

private:
  struct helper {
    std::map<std::string, std::uint32_t> restarts; ///< As last reported.
    steady_time since{};                           ///< Of what follows.
    std::uint32_t crashes{};
    std::set<std::string> names;
    std::string last_error;
  };
  std::map<std::uint64_t, helper> helpers_;
  std::map<std::string, steady_time> told_; ///< By session: who comes again is not told again.
};

} // namespace tier2
