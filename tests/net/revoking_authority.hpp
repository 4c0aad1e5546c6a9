#pragma once

#include "tests/support/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tier2::test {

/// What a revocation list says; the times are seconds from now.
struct list_recipe {
  long from_s{-3600}, to_s{86400};
  bool says_until{true}; ///< Whether it has a next update.
};

/// An authority that publishes revocation lists (RFC 5280, section 5); a root, or one below another.
class revoking_authority {
public:
  explicit revoking_authority(const std::string& name, const revoking_authority* above = nullptr);
  /// This authority's certificate and those above it, PEM, the root last.
  std::string chain() const;
  /// Writes a loopback certificate with its chain, but for the root, and its key into `directory`.
  issued_certificate issue(const std::filesystem::path& directory);
  /// The list with these on it, PEM; signed with another key than this authority's when `forged`.
  std::string list(const std::vector<long>& serials, const list_recipe& what = {}, bool forged = false) const;
  /// Serial number of the certificate that was issued last, and of this authority's own.
  long issued() const { return next_serial_ - 1; }
  long serial() const { return serial_; }

private:
  struct freer {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
  };
  using key_ptr = std::unique_ptr<EVP_PKEY, freer>;
  using certificate_ptr = std::unique_ptr<X509, freer>;
  static key_ptr new_key() { return key_ptr(EVP_EC_gen("P-256")); }
  certificate_ptr make(const std::string& name, long serial, EVP_PKEY* key, bool authority) const;

  key_ptr key_;
  certificate_ptr certificate_;
  const revoking_authority* above_;
  long serial_{1}, next_serial_{100};
};

} // namespace tier2::test
