#pragma once

#include "tools/bench/cost.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tier2::bench {

/// What one picture by another program cost.
struct peer_cost {
  seconds wall{};
  seconds cpu{};         ///< Its own, user and system.
  std::uint64_t bytes{}; ///< Of the file that it wrote.
};

/// Runs a screenshot program on that display until it ends; it must write `file`, which is removed. Throws
/// std::runtime_error when it fails.
peer_cost run_peer(const std::vector<std::string>& argv, const std::string& display, const std::string& file);

} // namespace tier2::bench
