#pragma once

#include "messages/digest.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace tier2 {

/// BLAKE2b-256 without a key (RFC 7693).
digest blake2b_256(std::span<const std::byte> bytes);
digest blake2b_256(std::string_view bytes);

/// BLAKE2b-256 of bytes that come one after the other.
class digest_stream {
public:
  digest_stream();
  digest_stream(digest_stream&&) noexcept;
  digest_stream& operator=(digest_stream&&) noexcept;
  ~digest_stream();
  void update(std::span<const std::byte> bytes);
  /// The digest so far; the stream must not be updated afterwards.
  digest finish();

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Compares in constant time.
bool equal(const digest& a, const digest& b);

} // namespace tier2
