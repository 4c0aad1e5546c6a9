#include "platform/net/certificate_objection.hpp"

#include <asio/ip/address.hpp>

#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

namespace tier2::net {
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
    names += ", ...";
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

std::string explain_list(const certificate_objection& o, const std::string& host, const std::string& file) {
  const std::string whose = "The list of revoked certificates of '" + o.root + "' in " + file;
  const std::string so = ", so nobody can tell whether the certificate of " + host +
                         " was revoked, and the server is not trusted; ";
  switch (o.error) {
  case X509_V_ERR_UNABLE_TO_GET_CRL:
    return "The file of revocation lists " + file + " holds none of '" + o.root + "'" + so +
           "add that authority's current list (PEM) to the file.";
  case X509_V_ERR_CRL_HAS_EXPIRED:
    return whose + " was to be replaced by " + o.list_until + so +
           "put that authority's current list into the file, or correct this computer's clock.";
  case X509_V_ERR_CRL_NOT_YET_VALID:
    return whose + " is not valid before " + o.list_from + so +
           "most often this computer's clock is wrong: correct it.";
  default:
    return whose + " cannot be used (" + X509_verify_cert_error_string(o.error) + ")" + so +
           "put that authority's current list, as it publishes it, into the file.";
  }
}

bool about_a_list(int error) {
  switch (error) {
  case X509_V_ERR_UNABLE_TO_GET_CRL:
  case X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE:
  case X509_V_ERR_CRL_SIGNATURE_FAILURE:
  case X509_V_ERR_CRL_NOT_YET_VALID:
  case X509_V_ERR_CRL_HAS_EXPIRED:
  case X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD:
  case X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD:
  case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
  case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
  case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
  case X509_V_ERR_DIFFERENT_CRL_SCOPE:
  case X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
    return true;
  default:
    return false;
  }
}

} // namespace

std::string common_name(const X509_NAME* name) {
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0) {
    return "(without a name)";
  }
  const ASN1_STRING* text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
  return plain(ASN1_STRING_get0_data(text), ASN1_STRING_length(text));
}

void note_objection(X509_STORE_CTX* store, certificate_objection& into) {
  if (into.error != 0) {
    return;
  }
  into.error = X509_STORE_CTX_get_error(store);
  into.depth = X509_STORE_CTX_get_error_depth(store);
  if (X509* leaf = X509_STORE_CTX_get0_cert(store); leaf != nullptr) {
    into.names = names_of(leaf);
    into.issuer = common_name(X509_get_issuer_name(leaf));
  }
  if (X509* at = X509_STORE_CTX_get_current_cert(store); at != nullptr) {
    into.subject = common_name(X509_get_subject_name(at));
    into.root = common_name(X509_get_issuer_name(at));
    into.not_before = date_text(X509_get0_notBefore(at));
    into.not_after = date_text(X509_get0_notAfter(at));
  }
  if (const X509_CRL* list = X509_STORE_CTX_get0_current_crl(store); list != nullptr) {
    into.list_from = date_text(X509_CRL_get0_lastUpdate(list));
    into.list_until = date_text(X509_CRL_get0_nextUpdate(list));
  }
}

std::string explain(const certificate_objection& o, const std::string& host, const std::string& crl_file) {
  if (about_a_list(o.error)) {
    return explain_list(o, host, crl_file);
  }
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
    return "The certificate of " + host + " was issued by '" + o.issuer + "' and leads to '" + o.root +
           "', an authority that this computer does not know, so the server cannot be trusted; add that " +
           "authority to the file of extra roots, or let the server send its whole chain.";
  case X509_V_ERR_HOSTNAME_MISMATCH:
  case X509_V_ERR_IP_ADDRESS_MISMATCH:
    return "The certificate is not for " + host + " but for " + o.names +
           ", so this may be another server; correct the configured address, or give the server a "
           "certificate " +
           "with the right name.";
  case X509_V_ERR_CERT_REVOKED:
    return (o.depth == 0 ? "The certificate of " + host
                         : "The authority '" + o.subject + "' behind the certificate of " + host) +
           " was revoked by '" + o.root + "', as its list of " + o.list_from + " in " + crl_file +
           " says, so the server cannot be trusted: its key may be in wrong hands; give the server a new "
           "certificate.";
  default:
    return "The certificate of " + host + " cannot be trusted (" + X509_verify_cert_error_string(o.error) +
           "); give the server a valid certificate.";
  }
}

} // namespace tier2::net
