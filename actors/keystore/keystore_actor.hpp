#pragma once

#include "actors/actor.hpp"
#include "actors/keystore/identity_store.hpp"

#include <optional>
#include <string>

namespace tier2 {

struct keystore_options {
  identity_surroundings around;
  std::string token_file; ///< Empty: `<directory>/enrolment-token`.
};

struct keystore_state {
  std::string token_file;
  std::optional<identity_store> store;
  bool fresh{};         ///< Made by this incarnation.
  bool proof_refused{}; ///< The former key proves nothing to this cloud.
  tier2::meter meter;
  static inline const char* name = "keystore";
};

/// Holds the machine's key (`identity_store`) and gives out what is asked for. Ends with the error, which
/// says what to do, when the key is there and must not be used or replaced. It waits for the disk and for
/// other programs: give it a thread of its own.
keystore_actor::behavior_type keystore(keystore_actor::stateful_pointer<keystore_state> self,
                                       keystore_options options, const alerting_actor& alerting);

} // namespace tier2
