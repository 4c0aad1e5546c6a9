#pragma once

#include "platform/net/certificate_objection.hpp"

#include <asio/ssl.hpp>

#include <memory>
#include <string>
#include <system_error>

namespace tier2::net {

/// A client's context: TLS 1.2 or newer, the system's roots and those of `ca_file` (PEM; may be empty), and
/// refusal of what the lists of `crl_file` revoke (see revocation.hpp; empty: no lists). Null and `why`
/// filled, with a sentence, when one of the files cannot be used.
std::unique_ptr<asio::ssl::context> client_tls(const std::string& ca_file, const std::string& crl_file,
                                               std::string& why);
/// A server's context: TLS 1.2 or newer, forward-secret ciphers, no tickets, no renegotiation.
std::unique_ptr<asio::ssl::context> server_tls(const std::string& certificate, const std::string& key,
                                               std::string& why);
/// Makes the handshake of `ssl` demand a chain to a known root and a certificate for `host`, a name or an
/// address. What fails is written to `objection`, which must outlive the handshake. False: it cannot be
/// demanded.
bool demand_identity(SSL* ssl, const std::string& host, certificate_objection& objection);

/// A sentence for an administrator, as `explain` gives, for a handshake that failed otherwise, with the error
/// that the TLS library gave.
std::string explain_handshake(const std::error_code& failed, const std::string& host, unsigned port);

} // namespace tier2::net
