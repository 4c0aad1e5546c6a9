#pragma once

#include "actors/actor.hpp"
#include "actors/keystore/key_file.hpp"

#include <optional>
#include <string>

namespace tier2 {

struct keystore_state {
  std::string directory;
  std::string token_file;
  std::optional<machine_identity> identity;
  tier2::meter meter;
  static inline const char* name = "keystore";
};

/// Reads the machine's key from `directory`/machine.key, or makes one when there is none. A file that is
/// there and cannot be read or understood is never replaced: the actor ends with the error, which says what
/// to do.
keystore_actor::behavior_type keystore(keystore_actor::stateful_pointer<keystore_state> self,
                                       std::string directory, std::string token_file);

} // namespace tier2
