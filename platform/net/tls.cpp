#include "platform/net/tls.hpp"

#include <asio/ip/address.hpp>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

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

int keep_objection(int fine, X509_STORE_CTX* store);

int objection_slot() {
  static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return slot;
}

} // namespace

std::unique_ptr<asio::ssl::context> client_tls(const std::string& ca_file, std::string& why) {
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

namespace {

// What stands in a certificate is the other side's word and goes into a log: printable ASCII, and not too
// much.
std::string plain(const unsigned char* bytes, int count) {
  std::string text;
  for (int i = 0; i < count && text.size() < 100; ++i) {
    text += bytes[i] > 0x20 && bytes[i] < 0x7F ? static_cast<char>(bytes[i]) : (bytes[i] == ' ' ? ' ' : '?');
  }
  return text;
}

std::string common_name(const X509_NAME* name) {
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0) {
    return "(without a name)";
  }
  const ASN1_STRING* text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
  return plain(ASN1_STRING_get0_data(text), ASN1_STRING_length(text));
}

std::string address_text(const ASN1_OCTET_STRING* octets) {
  const unsigned char* b = ASN1_STRING_get0_data(octets);
  if (ASN1_STRING_length(octets) == 4) {
    asio::ip::address_v4::bytes_type v4{};
    std::copy(b, b + 4, v4.begin());
    return asio::ip::address_v4(v4).to_string();
  }
  if (ASN1_STRING_length(octets) == 16) {
    asio::ip::address_v6::bytes_type v6{};
    std::copy(b, b + 16, v6.begin());
    return asio::ip::address_v6(v6).to_string();
  }
  return "?";
}

std::string names_of(X509* certificate) {
  constexpr int most = 8;
  std::string names;
  auto* alternatives =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  const int count = alternatives != nullptr ? sk_GENERAL_NAME_num(alternatives) : 0;
  for (int i = 0; i < count && i < most; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(alternatives, i);
    std::string text;
    if (name->type == GEN_DNS) {
      text = plain(ASN1_STRING_get0_data(name->d.dNSName), ASN1_STRING_length(name->d.dNSName));
    } else if (name->type == GEN_IPADD) {
      text = address_text(name->d.iPAddress);
    } else {
      continue;
    }
    names += (names.empty() ? "" : ", ") + text;
  }
  if (count > most) {
    names += ", …";
  }
  GENERAL_NAMES_free(alternatives);
  return names.empty() ? common_name(X509_get_subject_name(certificate)) : names;
}

std::string date_text(const ASN1_TIME* when) {
  std::tm t{};
  if (when == nullptr || ASN1_TIME_to_tm(when, &t) != 1) {
    return "an unreadable date";
  }
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &t)};
}

int keep_objection(int fine, X509_STORE_CTX* store) {
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* kept = static_cast<certificate_objection*>(SSL_get_ex_data(ssl, objection_slot()));
  if (fine == 1 || kept == nullptr || kept->error != 0) {
    return fine;
  }
  kept->error = X509_STORE_CTX_get_error(store);
  if (X509* leaf = X509_STORE_CTX_get0_cert(store); leaf != nullptr) {
    kept->names = names_of(leaf);
    kept->issuer = common_name(X509_get_issuer_name(leaf));
  }
  if (X509* at = X509_STORE_CTX_get_current_cert(store); at != nullptr) {
    kept->root = common_name(X509_get_issuer_name(at));
    kept->not_before = date_text(X509_get0_notBefore(at));
    kept->not_after = date_text(X509_get0_notAfter(at));
  }
  return fine;
}

} // namespace

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

std::string explain(const certificate_objection& o, const std::string& host) {
  switch (o.error) {
  case X509_V_ERR_CERT_HAS_EXPIRED:
    return "The certificate of " + host + " expired on " + o.not_after +
           ", so the server cannot be trusted; renew it on the server, or correct this computer's clock if "
           "that "
           "date has not come yet.";
  case X509_V_ERR_CERT_NOT_YET_VALID:
    return "The certificate of " + host + " is not valid before " + o.not_before +
           ", so the server cannot be trusted yet; most often this computer's clock is wrong: correct it.";
  case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    return "The certificate of " + host +
           " is self-signed, so nobody vouches for the server; give the server a " +
           "certificate from a known authority, or add its own to the file of extra roots on this computer.";
  case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
  case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    return "The certificate of " + host + " was issued by \"" + o.issuer + "\" and leads to \"" + o.root +
           "\", an authority that this computer does not know, so the server cannot be trusted; add that " +
           "authority to the file of extra roots, or let the server send its whole chain.";
  case X509_V_ERR_HOSTNAME_MISMATCH:
  case X509_V_ERR_IP_ADDRESS_MISMATCH:
    return "The certificate is not for " + host + " but for " + o.names +
           ", so this may be another server; correct the configured address, or give the server a "
           "certificate " +
           "with the right name.";
  default:
    return "The certificate of " + host + " cannot be trusted (" + X509_verify_cert_error_string(o.error) +
           "); give the server a valid certificate.";
  }
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
