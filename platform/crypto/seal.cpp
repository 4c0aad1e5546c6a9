#include "platform/crypto/seal.hpp"

#include <sodium.h>

namespace tier2 {

namespace {
constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(nonce_bytes + tag_bytes == seal_overhead_bytes);
static_assert(secret_key::size == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

const unsigned char* chars(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* chars(std::byte* bytes) { return reinterpret_cast<unsigned char*>(bytes); }
} // namespace

sealed_chunk seal(const secret_key& key, std::span<const std::byte> plain,
                  std::span<const std::byte> context) {
  sealed_chunk sealed;
  sealed.bytes.resize(plain.size() + seal_overhead_bytes);
  const std::span<std::byte> nonce{sealed.bytes.data(), nonce_bytes};
  random_bytes(nonce);
  key.with([&](auto secret) {
    crypto_aead_xchacha20poly1305_ietf_encrypt(chars(sealed.bytes.data() + nonce_bytes), nullptr,
                                               chars(plain), plain.size(), chars(context), context.size(),
                                               nullptr, chars(nonce.data()), chars(secret));
  });
  return sealed;
}

result<private_bytes> unseal(const secret_key& key, const sealed_chunk& sealed,
                             std::span<const std::byte> context) {
  const std::span<const std::byte> bytes{sealed.bytes};
  if (bytes.size() < seal_overhead_bytes)
    return fail(errc::crypto_failed, "A sealed piece is too short to be one; what it held cannot be shown.");
  private_bytes plain(bytes.size() - seal_overhead_bytes);
  const auto body = bytes.subspan(nonce_bytes);
  const bool opened = key.with([&](auto secret) {
    return crypto_aead_xchacha20poly1305_ietf_decrypt(chars(plain.data()), nullptr, nullptr, chars(body),
                                                      body.size(), chars(context), context.size(),
                                                      chars(bytes), chars(secret)) == 0;
  });
  if (!opened)
    return fail(errc::crypto_failed,
                "A sealed piece is damaged or was sealed for something else; what it held cannot be shown.");
  return plain;
}

} // namespace tier2
