#pragma once

#include "messages/error.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tier2 {

/// A P-256 public key (RFC 7518 section 6.2) that can verify ES256 signatures.
class verification_key {
public:
  /// PEM, "PUBLIC KEY"; `malformed` for anything else, other curves included.
  static result<verification_key> from_pem(std::string_view pem);
  verification_key(verification_key&&) noexcept;
  verification_key& operator=(verification_key&&) noexcept;
  ~verification_key();

  /// ECDSA P-256 with SHA-256, signature r‖s of exactly 64 bytes (RFC 7518 section 3.4).
  bool verify(std::span<const std::byte> message, std::span<const std::byte> signature) const;
  /// RFC 7638 thumbprint, base64url: the `kid` of commands and the name of the fleet.
  const std::string& thumbprint() const { return thumbprint_; }

private:
  struct handle;
  verification_key();
  std::unique_ptr<handle> handle_;
  std::string thumbprint_;
};

/// The public keys that this build was made with (PEM), in the generated compiled_keys.cpp.
std::span<const std::string_view> compiled_in_keys();
/// True when one of them is a development key: such a build talks to loopback only.
bool has_development_key();

} // namespace tier2
