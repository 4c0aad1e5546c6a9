#pragma once

#include "messages/error.hpp"
#include "messages/wiping_allocator.hpp"

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

/// A P-256 private key that makes ES256 signatures. Its value stays in OpenSSL's memory, which OpenSSL wipes
/// when the key is destroyed, and in the wiped bytes that `private_pem` gives; no error quotes any of it.
class signing_key {
public:
  /// A new random key; `crypto_failed` when the system has no randomness.
  static result<signing_key> generate();
  /// One PEM block, unencrypted: "PRIVATE KEY" (PKCS #8, RFC 5958) or "EC PRIVATE KEY" (SEC 1, RFC 5915);
  /// `malformed` for anything else, other curves included.
  static result<signing_key> from_pem(const private_bytes& pem);
  signing_key(signing_key&&) noexcept;
  signing_key& operator=(signing_key&&) noexcept;
  ~signing_key();

  /// ECDSA P-256 with SHA-256, r‖s (RFC 7518 section 3.4); another signature each time.
  result<std::array<std::byte, 64>> sign(std::span<const std::byte> message) const;
  /// What `verification_key::from_pem` reads.
  const std::string& public_pem() const { return public_pem_; }
  /// RFC 7638, like that of the public key.
  const std::string& thumbprint() const { return thumbprint_; }
  /// PKCS #8, unencrypted: for a private file, and nothing else.
  result<private_bytes> private_pem() const;

private:
  struct handle;
  signing_key();
  /// Takes over a key of P-256, or says that it is none.
  static result<signing_key> own(std::unique_ptr<handle> key);
  std::unique_ptr<handle> handle_;
  std::string public_pem_;
  std::string thumbprint_;
};

/// The public keys that this build was made with (PEM), in the generated compiled_keys.cpp.
std::span<const std::string_view> compiled_in_keys();
/// True when one of them is a development key: such a build talks to loopback only.
bool has_development_key();

} // namespace tier2
