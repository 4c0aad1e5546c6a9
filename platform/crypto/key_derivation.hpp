#pragma once

#include "platform/secure_memory.hpp"

#include <cstdint>

namespace tier2 {

/// crypto_kdf (libsodium: BLAKE2b) with the context "tier2key". One number is one purpose: 1 wraps the
/// machine's key, 2 seals the alerts that wait.
secret_key derive_key(const secret_key& master, std::uint64_t number);

} // namespace tier2
