#pragma once

#include "messages/error.hpp"
#include "messages/wiping_allocator.hpp"
#include "platform/hardware.hpp"
#include "platform/secure_memory.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tier2 {

/// What keeps a wrapping key, as the key file names it; the numbers are the file's.
enum class key_protection : std::uint16_t {
  none = 0,     ///< Nothing but the file's permissions.
  machine = 1,  ///< Derived from the installation's id: opens on other hardware.
  hardware = 2, ///< Derived from the serial numbers and the installation's id.
  host = 3,     ///< systemd's host key (systemd-creds(1)): a file of root's; opens on other hardware.
  tpm2 = 4,     ///< The TPM 2.0 of the board, through systemd-creds(1).
};
/// "none", "machine", "hardware", "host", "tpm2".
std::string_view to_string(key_protection protection);

/// Makes keys that only this machine can make again.
class key_protector {
public:
  struct made {
    secret_key key;
    std::vector<std::byte> blob; ///< Not secret; kept beside what the key seals. At most 8 KiB.
  };
  virtual ~key_protector() = default;
  virtual key_protection kind() const = 0;
  /// A new key. `unavailable` with the reason when the machine's part does not work.
  virtual result<made> make() = 0;
  /// The key of that blob. `crypto_failed` when this is not the machine that made it, `unavailable` when the
  /// machine's part does not work now. A key that is derived is made of whatever the machine is: that it is
  /// another one is noticed when it opens nothing.
  virtual result<secret_key> open(std::span<const std::byte> blob) = 0;
};

/// Through systemd-creds(1), which it runs with the secret on its standard input. `tpm_device` as its option
/// --tpm2-device has it ("auto", a path, or a TCTI such as "swtpm:host=…,port=…").
std::unique_ptr<key_protector> make_tpm2_protector(std::string tpm_device);
std::unique_ptr<key_protector> make_host_protector();
/// crypto_kdf (libsodium) from BLAKE2b-256 over the serial numbers, the installation's id and a random salt.
std::unique_ptr<key_protector> make_hardware_protector(const hardware& machine, std::string machine_id);
std::unique_ptr<key_protector> make_machine_protector(std::string machine_id);

} // namespace tier2
