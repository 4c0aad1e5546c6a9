#include "platform/secure_memory.hpp"

#include <algorithm>
#include <mutex>
#include <new>
#include <sodium.h>

namespace tier2 {

result<void> init_crypto() {
  if (sodium_init() < 0)
    return fail(errc::crypto_failed,
                "The system's random generator could not be started, so nothing can be kept "
                "secret and the program stops. Check that /dev/urandom can be read.");
  return {};
}

struct secret_key::gate {
  std::mutex mutex;
  std::size_t inside{};
};

// sodium_malloc gives writable memory; whoever makes a key fills it and closes it.
secret_key::secret_key()
    : gate_{std::make_unique<gate>()}, bytes_{static_cast<std::byte*>(sodium_malloc(size))} {
  if (bytes_ == nullptr) throw std::bad_alloc{};
}

void secret_key::close() { sodium_mprotect_noaccess(bytes_); }

secret_key secret_key::generate() {
  secret_key key;
  randombytes_buf(key.bytes_, size);
  key.close();
  return key;
}

secret_key secret_key::take(std::span<std::byte, size> bytes) {
  secret_key key;
  std::ranges::copy(bytes, key.bytes_);
  sodium_memzero(bytes.data(), bytes.size());
  key.close();
  return key;
}

secret_key::secret_key(secret_key&& other) noexcept
    : gate_{std::move(other.gate_)}, bytes_{std::exchange(other.bytes_, nullptr)} {}

secret_key& secret_key::operator=(secret_key&& other) noexcept {
  std::swap(gate_, other.gate_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

// sodium_free makes the memory writable, wipes it and checks the guards.
secret_key::~secret_key() { sodium_free(bytes_); }

secret_key::access::access(const secret_key& opened) : key{opened} {
  const std::lock_guard lock{key.gate_->mutex};
  if (key.gate_->inside++ == 0) sodium_mprotect_readonly(key.bytes_);
}

secret_key::access::~access() {
  const std::lock_guard lock{key.gate_->mutex};
  if (--key.gate_->inside == 0) sodium_mprotect_noaccess(key.bytes_);
}

private_text to_base64url(const secret_key& key) {
  constexpr auto variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  private_text text(sodium_base64_ENCODED_LEN(secret_key::size, variant), '\0');
  key.with([&](std::span<const std::byte, secret_key::size> bytes) {
    sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                      bytes.size(), variant);
  });
  text.pop_back(); // the zero behind it
  return text;
}

void random_bytes(std::span<std::byte> into) { randombytes_buf(into.data(), into.size()); }

} // namespace tier2
