#pragma once

#include "messages/frame.hpp"
#include "messages/wiping_allocator.hpp"
#include "platform/secure_memory.hpp"

#include <cstddef>
#include <span>

namespace tier2 {

inline constexpr std::size_t seal_overhead_bytes = 24 + 16;

/// XChaCha20-Poly1305-IETF (draft-irtf-cfrg-xchacha) with a random nonce; `context` is authenticated, not
/// kept. Safe to call from several threads with one key.
sealed_chunk seal(const secret_key& key, std::span<const std::byte> plain,
                  std::span<const std::byte> context);

/// `crypto_failed` when the bytes, the context or the key are not the ones that were sealed.
result<private_bytes> unseal(const secret_key& key, const sealed_chunk& sealed,
                             std::span<const std::byte> context);

} // namespace tier2
