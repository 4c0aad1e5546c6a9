#include "tests/net/revoking_authority.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <fstream>

namespace tier2::test {
namespace {

template <class Write>
std::string pem(Write write) {
  const std::unique_ptr<BIO, int (*)(BIO*)> bytes(BIO_new(BIO_s_mem()), BIO_free);
  write(bytes.get());
  char* text{};
  const auto size = BIO_get_mem_data(bytes.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  return pem([&](BIO* into) { PEM_write_bio_X509(into, certificate); });
}

void add(X509* certificate, int nid, const char* value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

} // namespace

revoking_authority::revoking_authority(const std::string& name, const revoking_authority* above)
    : key_(new_key()), above_(above) {
  serial_ = above != nullptr ? 2 : 1;
  certificate_ =
      above != nullptr ? above->make(name, serial_, key_.get(), true) : make(name, serial_, key_.get(), true);
}

revoking_authority::certificate_ptr revoking_authority::make(const std::string& name, long serial,
                                                             EVP_PKEY* key, bool authority) const {
  certificate_ptr c(X509_new());
  X509_set_version(c.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(c.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(c.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(c.get()), 86400);
  X509_set_pubkey(c.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(c.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(c.get(), X509_get_subject_name(certificate_ ? certificate_.get() : c.get()));
  add(c.get(), NID_basic_constraints, authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  add(c.get(), NID_key_usage, authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  if (!authority) add(c.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  X509_sign(c.get(), key_.get(), EVP_sha256());
  return c;
}

std::string revoking_authority::chain() const {
  return pem_of(certificate_.get()) + (above_ != nullptr ? above_->chain() : "");
}

issued_certificate revoking_authority::issue(const std::filesystem::path& directory) {
  const auto key = new_key();
  const auto name = std::to_string(next_serial_);
  const auto made = make("a server", next_serial_++, key.get(), false);
  issued_certificate paths{directory / (name + ".pem"), directory / (name + ".key")};
  std::ofstream(paths.certificate) << pem_of(made.get())
                                   << (above_ != nullptr ? pem_of(certificate_.get()) : "");
  std::ofstream(paths.key) << pem(
      [&](BIO* into) { PEM_write_bio_PrivateKey(into, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  return paths;
}

std::string revoking_authority::list(const std::vector<long>& serials, const list_recipe& what,
                                     bool forged) const {
  const std::unique_ptr<X509_CRL, void (*)(X509_CRL*)> list(X509_CRL_new(), X509_CRL_free);
  X509_CRL_set_version(list.get(), 1);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(certificate_.get()));
  const std::unique_ptr<ASN1_TIME, void (*)(ASN1_TIME*)> when(ASN1_TIME_new(), ASN1_TIME_free);
  X509_CRL_set1_lastUpdate(list.get(), X509_gmtime_adj(when.get(), what.from_s));
  if (what.says_until) X509_CRL_set1_nextUpdate(list.get(), X509_gmtime_adj(when.get(), what.to_s));
  for (const long serial : serials) {
    X509_REVOKED* entry = X509_REVOKED_new();
    const std::unique_ptr<ASN1_INTEGER, void (*)(ASN1_INTEGER*)> number(ASN1_INTEGER_new(),
                                                                        ASN1_INTEGER_free);
    ASN1_INTEGER_set(number.get(), serial);
    X509_REVOKED_set_serialNumber(entry, number.get());
    X509_REVOKED_set_revocationDate(entry, X509_gmtime_adj(when.get(), -60));
    X509_CRL_add0_revoked(list.get(), entry);
  }
  X509_CRL_sort(list.get());
  const auto stranger = new_key();
  X509_CRL_sign(list.get(), forged ? stranger.get() : key_.get(), EVP_sha256());
  return pem([&](BIO* into) { PEM_write_bio_X509_CRL(into, list.get()); });
}

} // namespace tier2::test
