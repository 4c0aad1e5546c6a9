#pragma once

#include <openssl/x509_vfy.h>

#include <string>

namespace tier2::net {

/// Reads the certificate revocation lists (RFC 5280, section 5) of `crl_file`, PEM, at most 32 MiB, into
/// `store` and has it demand one, in force, of the authority that issued the server's certificate. The
/// authorities above are looked up where the file has their issuer's list. False and `why` filled, with a
/// sentence, when the file cannot be used whole.
bool demand_unrevoked(X509_STORE* store, const std::string& crl_file, std::string& why);

} // namespace tier2::net
