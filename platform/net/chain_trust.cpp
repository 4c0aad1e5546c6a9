#include "platform/net/chain_trust.hpp"

#include "platform/net/certificate_objection.hpp"
#include "platform/net/revocation.hpp"

#include <openssl/x509.h>

#include <ctime>
#include <map>
#include <memory>

namespace tier2::net {
namespace {

struct freer {
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(X509_NAME* name) const { X509_NAME_free(name); }
};

bool seconds_of(const ASN1_TIME* when, std::int64_t& into) {
  std::tm t{};
  if (when == nullptr || ASN1_TIME_to_tm(when, &t) != 1) {
    return false;
  }
  into = static_cast<std::int64_t>(timegm(&t));
  return true;
}

std::string der(const X509_NAME* name) {
  unsigned char* bytes = nullptr;
  const int count = i2d_X509_NAME(name, &bytes);
  std::string text;
  if (count > 0) {
    text.assign(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count));
  }
  OPENSSL_free(bytes);
  return text;
}

bool is_name(const X509_NAME* name, const std::string& bytes) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  const std::unique_ptr<X509_NAME, freer> other(d2i_X509_NAME(nullptr, &at, static_cast<long>(bytes.size())));
  return other && X509_NAME_cmp(name, other.get()) == 0;
}

} // namespace

server_trust trust_of(const SSL* ssl) {
  server_trust trust;
  STACK_OF(X509)* chain = SSL_get0_verified_chain(ssl);
  const int count = chain != nullptr ? sk_X509_num(chain) : 0;
  for (int i = 0; i < count; ++i) {
    X509* each = sk_X509_value(chain, i);
    std::int64_t until{};
    if (seconds_of(X509_get0_notAfter(each), until) && (trust.until == 0 || until < trust.until)) {
      trust.until = until;
      trust.subject = common_name(X509_get_subject_name(each));
      trust.own = i == 0;
    }
    // Nobody is asked whether the root is revoked: it is trusted because it is configured.
    if (i + 1 < count || count == 1) {
      trust.issuers.push_back(der(X509_get_issuer_name(each)));
    }
  }
  return trust;
}

bool read_list_expiry(const std::string& crl_file, const std::vector<std::string>& issuers, list_expiry& into,
                      std::string& why) {
  const std::unique_ptr<X509_STORE, freer> store(X509_STORE_new());
  if (!store || !demand_unrevoked(store.get(), crl_file, why)) {
    return false;
  }
  into = {};
  std::map<std::string, list_expiry> newest; // by issuer
  STACK_OF(X509_OBJECT)* objects = X509_STORE_get0_objects(store.get());
  for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
    const X509_CRL* list = X509_OBJECT_get0_X509_CRL(sk_X509_OBJECT_value(objects, i));
    std::int64_t until{};
    if (list == nullptr || !seconds_of(X509_CRL_get0_nextUpdate(list), until)) {
      continue;
    }
    const X509_NAME* whose = X509_CRL_get_issuer(list);
    for (const auto& issuer : issuers) {
      if (is_name(whose, issuer) && (!newest[issuer].known || until > newest[issuer].until)) {
        newest[issuer] = {true, until, common_name(whose)};
      }
    }
  }
  for (const auto& [issuer, each] : newest) {
    if (each.known && (!into.known || each.until < into.until)) {
      into = each;
    }
  }
  return true;
}

} // namespace tier2::net
