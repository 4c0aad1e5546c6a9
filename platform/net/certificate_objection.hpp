#pragma once

#include <openssl/x509.h>

#include <string>

namespace tier2::net {

/// What the verification of a peer's certificate objected to, kept from inside the handshake.
struct certificate_objection {
  int error{};              ///< X509_V_ERR_…; 0: none.
  int depth{};              ///< 0: the server's own certificate; above: an authority of its chain.
  std::string names;        ///< The names that the server's certificate is for.
  std::string issuer, root; ///< Of the server's certificate; of the last certificate that was looked at.
  std::string subject;      ///< Of the certificate that was objected to.
  std::string not_before, not_after;
  std::string list_from, list_until; ///< Of the revocation list that was looked at.
};

/// Takes down what `store` objects to at this moment; a second objection is not taken.
void note_objection(X509_STORE_CTX* store, certificate_objection& into);
/// A sentence for an administrator: what is wrong, for which host, what to do; without double quotes, which a
/// log may not show. `crl_file` as configured.
std::string explain(const certificate_objection& objection, const std::string& host,
                    const std::string& crl_file);
/// A name's common name, cut and made printable.
std::string common_name(const X509_NAME* name);

} // namespace tier2::net
