#include "platform/crypto/digest.hpp"

#include <sodium.h>

namespace tier2 {

struct digest_stream::state {
  crypto_generichash_state hash;
};

digest_stream::digest_stream() : state_{std::make_unique<state>()} {
  crypto_generichash_init(&state_->hash, nullptr, 0, sizeof(digest::bytes));
}
digest_stream::digest_stream(digest_stream&&) noexcept = default;
digest_stream& digest_stream::operator=(digest_stream&&) noexcept = default;
digest_stream::~digest_stream() = default;

void digest_stream::update(std::span<const std::byte> bytes) {
  crypto_generichash_update(&state_->hash, reinterpret_cast<const unsigned char*>(bytes.data()),
                            bytes.size());
}

digest digest_stream::finish() {
  digest value;
  crypto_generichash_final(&state_->hash, value.bytes.data(), value.bytes.size());
  return value;
}

digest blake2b_256(std::span<const std::byte> bytes) {
  digest value;
  crypto_generichash(value.bytes.data(), value.bytes.size(),
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr, 0);
  return value;
}

digest blake2b_256(std::string_view bytes) { return blake2b_256(std::as_bytes(std::span{bytes})); }

bool equal(const digest& a, const digest& b) {
  return sodium_memcmp(a.bytes.data(), b.bytes.data(), a.bytes.size()) == 0;
}

} // namespace tier2
