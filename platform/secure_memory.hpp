#pragma once

#include "messages/digest.hpp"
#include "messages/error.hpp"
#include "messages/wiping_allocator.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace tier2 {

/// Call once before anything else here: starts libsodium. `crypto_failed` means that the program must not go
/// on.
result<void> init_crypto();

/// 32 bytes in guarded, locked memory (`sodium_malloc`), readable only inside `with`. Wiped when destroyed.
class secret_key {
public:
  static constexpr std::size_t size = 32;
  static secret_key generate();
  /// Copies the bytes and wipes the source.
  static secret_key take(std::span<std::byte, size> bytes);
  secret_key(secret_key&&) noexcept;
  secret_key& operator=(secret_key&&) noexcept;
  ~secret_key();

  /// Runs `use` with the key readable. Several threads may be inside at once; the last to leave closes the
  /// memory.
  template <class F>
  auto with(F&& use) const {
    const access open{*this};
    return std::forward<F>(use)(std::span<const std::byte, size>{bytes_, size});
  }

private:
  struct access {
    explicit access(const secret_key& key);
    ~access();
    access(const access&) = delete;
    access& operator=(const access&) = delete;
    const secret_key& key;
  };
  struct gate; // counts those inside `with`, so that threads may overlap
  secret_key();
  void close();
  std::unique_ptr<gate> gate_;
  std::byte* bytes_{};
};

/// Base64url without padding, in memory that is wiped.
private_text to_base64url(const secret_key& key);

/// Random bytes from the system's generator.
void random_bytes(std::span<std::byte> into);

} // namespace tier2
