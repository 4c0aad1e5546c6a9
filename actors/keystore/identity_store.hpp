#pragma once

#include "actors/keystore/hardware_rules.hpp"
#include "actors/keystore/key_file.hpp"
#include "messages/alert.hpp"
#include "messages/config.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tier2 {

/// What the keystore asks of the machine; tests have their own.
struct identity_surroundings {
  std::string directory;
  std::function<hardware()> read_hardware{tier2::read_hardware};
  /// Waits before the hardware is looked at once more.
  std::function<void()> pause;
  /// What may be used when the key is sealed; it is opened by whatever sealed it.
  std::function<bool(key_protection)> allowed{[](key_protection) { return true; }};
  /// The protector of a kind on this machine as it is now; null where it has none of that kind.
  std::function<std::unique_ptr<key_protector>(key_protection, const hardware&)> protector;
};

/// The surroundings of this machine. The TPM is used where the configuration names one, or has "auto" and
/// there is /dev/tpmrm0.
identity_surroundings this_machine_identity(std::string directory,
                                            const agent_config::keystore_section& config);

/// The system's own id of this installation; where it has none, one of ours in `<directory>/installation.id`,
/// which counts from then on.
result<std::string> installation_id(const std::string& directory,
                                    const std::function<result<std::string>()>& of_system = read_machine_id);

/// The machine's key on its disk: made, opened, sealed again, put aside when it cannot be used. Not
/// thread-safe.
class identity_store {
public:
  struct opened;
  /// Reads `<directory>/machine.key`, or makes one when there is none. One that is damaged, of another
  /// machine, or tampered with is put aside and replaced by a new identity that is not enrolled. When the
  /// board or the disks are others (three readings agree), a new identity is made that remembers the former
  /// one. `permission_denied`, `unsupported` (made by a newer version) and errors of the disk leave
  /// everything as it is.
  static result<opened> open(identity_surroundings around);

  const machine_identity& identity() const { return identity_; }
  const hardware& known_hardware() const { return known_; }
  /// What keeps the key now.
  key_protection protection() const { return protection_; }
  /// A cloud has taken the present identity in: the former one is forgotten. On an error all is as before.
  result<void> confirm();

private:
  identity_store(identity_surroundings around, machine_identity identity, hardware known)
      : around_{std::move(around)}, identity_{std::move(identity)}, known_{std::move(known)} {}
  result<void> save();

  identity_surroundings around_;
  machine_identity identity_;
  hardware known_;
  key_protection protection_{};
};

struct identity_store::opened {
  identity_store store;
  bool fresh{}; ///< There was no key on this machine before.
  std::vector<alert> alerts;
};

} // namespace tier2
