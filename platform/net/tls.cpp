#include "platform/net/tls.hpp"

#include "platform/net/revocation.hpp"

#include <asio/ip/address.hpp>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace tier2::net {
namespace {

std::string openssl_reason(const std::error_code& failed) {
  const char* text = ERR_reason_error_string(static_cast<unsigned long>(failed.value()));
  return text != nullptr ? std::string(text) : failed.message();
}

// Never ask a terminal for a passphrase: a service would hang.
int no_passphrase(char*, int, int, void*) { return 0; }

void harden(asio::ssl::context& context) {
  SSL_CTX* ctx = context.native_handle();
  SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
  SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
}

int objection_slot() {
  static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return slot;
}

int keep_objection(int fine, X509_STORE_CTX* store) {
  if (fine == 1) {
    return fine;
  }
  // An authority whose issuer's list is not in the file cannot be looked up; only the server's own
  // certificate must be.
  if (X509_STORE_CTX_get_error(store) == X509_V_ERR_UNABLE_TO_GET_CRL &&
      X509_STORE_CTX_get_error_depth(store) > 0) {
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
  }
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* kept = static_cast<certificate_objection*>(SSL_get_ex_data(ssl, objection_slot()));
  if (kept != nullptr) {
    try {
      note_objection(store, *kept);
    } catch (...) { // through OpenSSL's frames it must not go; the refusal stands without its words
    }
  }
  return fine;
}

} // namespace

std::unique_ptr<asio::ssl::context> client_tls(const std::string& ca_file, const std::string& crl_file,
                                               std::string& why) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
  harden(*context);
  SSL_CTX_set_default_verify_paths(context->native_handle());
  std::error_code failed;
  if (!ca_file.empty()) {
    context->load_verify_file(ca_file, failed);
  }
  if (failed) {
    why =
        "The file of extra root certificates " + ca_file + " cannot be used (" + openssl_reason(failed) +
        "), so no server can be trusted by it; check that it exists, is readable and holds PEM certificates.";
    return nullptr;
  }
  if (!crl_file.empty() &&
      !demand_unrevoked(SSL_CTX_get_cert_store(context->native_handle()), crl_file, why)) {
    return nullptr;
  }
  return context;
}

std::unique_ptr<asio::ssl::context> server_tls(const std::string& certificate, const std::string& key,
                                               std::string& why) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  harden(*context);
  SSL_CTX* ctx = context->native_handle();
  SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(ctx, 0);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20");
  std::error_code failed;
  context->use_certificate_chain_file(certificate, failed);
  if (failed) {
    why = "The certificate " + certificate + " cannot be used (" + openssl_reason(failed) +
          "); without it nobody can connect. Check that the file exists, that this program may read it, and "
          "that "
          "it holds the server's certificate first and then its chain, as PEM.";
    return nullptr;
  }
  context->use_private_key_file(key, asio::ssl::context::pem, failed);
  if (failed) {
    why = "The private key " + key + " cannot be used with the certificate " + certificate + " (" +
          openssl_reason(failed) +
          "); without it nobody can connect. Check that the file exists, that this program " +
          "may read it, that it is PEM without a passphrase, and that it belongs to that certificate.";
    return nullptr;
  }
  return context;
}

bool demand_identity(SSL* ssl, const std::string& host, certificate_objection& objection) {
  if (host.empty()) { // OpenSSL takes an empty name for "any"
    return false;
  }
  SSL_set_ex_data(ssl, objection_slot(), &objection);
  SSL_set_verify(ssl, SSL_VERIFY_PEER, keep_objection);
  std::error_code is_a_name;
  asio::ip::make_address(host, is_a_name);
  if (!is_a_name) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  }
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

std::string explain_handshake(const std::error_code& failed, const std::string& host, unsigned port) {
  const std::string where = host + " port " + std::to_string(port);
  const int reason = ERR_GET_REASON(static_cast<unsigned long>(failed.value()));
  if (failed.category() == asio::error::get_ssl_category()) {
    switch (reason) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      return where +
             " offers only versions of TLS older than 1.2, which are not safe; enable TLS 1.2 or newer " +
             "on the server.";
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_UNEXPECTED_MESSAGE:
      return where +
             " does not answer with TLS, so nothing was sent to it; check the port, and whether a proxy " +
             "or a login page of the network answers in its place.";
    default:
      break;
    }
  }
  return "No TLS connection could be made with " + where + " (" + openssl_reason(failed) +
         "); look at the server's log, and whether something between inspects TLS connections.";
}

} // namespace tier2::net
