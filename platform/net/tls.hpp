#pragma once

#include <asio/ssl.hpp>

#include <memory>
#include <string>
#include <system_error>

namespace tier2::net {

/// What the verification of a peer's certificate objected to, kept from inside the handshake.
struct certificate_objection {
  int error{};              ///< X509_V_ERR_…; 0: none.
  std::string names;        ///< The names that the server's certificate is for.
  std::string issuer, root; ///< Of the server's certificate; of the last certificate that was looked at.
  std::string not_before, not_after;
};

/// A client's context: TLS 1.2 or newer, the system's roots and those of `ca_file` (PEM; may be empty).
/// Null and `why` filled, with a sentence, when that file cannot be used.
std::unique_ptr<asio::ssl::context> client_tls(const std::string& ca_file, std::string& why);
/// A server's context: TLS 1.2 or newer, forward-secret ciphers, no tickets, no renegotiation.
std::unique_ptr<asio::ssl::context> server_tls(const std::string& certificate, const std::string& key,
                                               std::string& why);
/// Makes the handshake of `ssl` demand a chain to a known root and a certificate for `host`, a name or an
/// address. What fails is written to `objection`, which must outlive the handshake. False: it cannot be
/// demanded.
bool demand_identity(SSL* ssl, const std::string& host, certificate_objection& objection);

/// A sentence for an administrator: what is wrong, for which host, what to do.
std::string explain(const certificate_objection& objection, const std::string& host);
/// The same for a handshake that failed otherwise, with the error that the TLS library gave.
std::string explain_handshake(const std::error_code& failed, const std::string& host, unsigned port);

} // namespace tier2::net
