#pragma once

#include "actors/actor.hpp"
#include "platform/process_tree.hpp"

#include <map>
#include <memory>
#include <string>

namespace tier2 {

struct runner_options {
  std::string keeper, script_directory, cgroup; ///< As in `process_tree::options`.
  std::uint64_t window{8ULL << 20U};            ///< Output that a program may be ahead of the cloud.
  std::chrono::milliseconds kill_after{5000};
};

struct runner_state {
  runner_options options;
  command_actor command;
  std::map<uuid, std::unique_ptr<process_tree>> trees;
  tier2::meter meter;
  static inline const char* name = "runner";
  ~runner_state();
  /// All at once, so that many take no longer than one.
  void end_all();
};

/// Starts programs for the command actor and passes on what they write and how they end. Its own end is
/// theirs.
runner_actor::behavior_type runner(runner_actor::stateful_pointer<runner_state> self, runner_options options,
                                   command_actor command);

} // namespace tier2
