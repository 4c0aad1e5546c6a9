#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tier2 {

/// What one actor says of itself and the supervisor of it (protocol, section 2, heartbeat).
struct actor_health {
  std::string program; ///< "buttonhelper" or "tier2-service".
  std::string session; ///< The user session of a helper, else empty.
  std::string name;
  std::string state; ///< "up", "restarting" or "unavailable".
  std::uint32_t restarts{};
  std::uint64_t mailbox{}; ///< Messages waiting when it answered.
  std::uint64_t handled{}; ///< Messages since this incarnation started.
  std::string last_error;
  std::uint64_t idle_s{}; ///< Seconds since the last message before the health request.
  std::uint64_t p50_us{}; ///< Median handling time.
  std::uint64_t p99_us{};
  std::vector<std::pair<std::string, std::uint64_t>> counters; ///< Drops and other counts, by reason.
};

} // namespace tier2
