#include "platform/crypto/key_derivation.hpp"

#include <array>
#include <sodium.h>

namespace tier2 {

secret_key derive_key(const secret_key& master, std::uint64_t number) {
  static_assert(crypto_kdf_KEYBYTES == secret_key::size);
  std::array<std::byte, secret_key::size> key{};
  master.with([&](std::span<const std::byte, secret_key::size> bytes) {
    crypto_kdf_derive_from_key(reinterpret_cast<unsigned char*>(key.data()), key.size(), number, "tier2key",
                               reinterpret_cast<const unsigned char*>(bytes.data()));
  });
  return secret_key::take(key);
}

} // namespace tier2
