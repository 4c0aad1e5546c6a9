#include "tests/support/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <stdexcept>

namespace tier2::test {
namespace {

struct freer {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freer>;
using certificate_ptr = std::unique_ptr<X509, freer>;

void must(bool fine, const char* what) {
  if (!fine) {
    throw std::runtime_error(std::string("making a test certificate: ") + what);
  }
}

void add(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, freer> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  must(extension && X509_add_ext(certificate, extension.get(), -1) == 1, value.c_str());
}

std::string alternative_names(const certificate_recipe& what) {
  std::string names;
  for (const auto& name : what.dns) {
    names += (names.empty() ? "DNS:" : ",DNS:") + name;
  }
  for (const auto& address : what.addresses) {
    names += (names.empty() ? "IP:" : ",IP:") + address;
  }
  return names;
}

// `issuer` null: the certificate signs itself.
certificate_ptr make(const certificate_recipe& what, bool authority, EVP_PKEY* key, X509* issuer,
                     EVP_PKEY* signer) {
  certificate_ptr c(X509_new());
  X509_set_version(c.get(), 2);
  std::uint64_t serial{};
  must(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "serial");
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(c.get()), serial >> 1U);
  X509_gmtime_adj(X509_getm_notBefore(c.get()), what.from_s);
  X509_gmtime_adj(X509_getm_notAfter(c.get()), what.to_s);
  X509_set_pubkey(c.get(), key);
  X509_NAME* subject = X509_get_subject_name(c.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(what.common_name.c_str()), -1, -1, 0);
  X509* signed_by = issuer != nullptr ? issuer : c.get();
  X509_set_issuer_name(c.get(), X509_get_subject_name(signed_by));
  add(c.get(), signed_by, NID_basic_constraints, authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  add(c.get(), signed_by, NID_key_usage,
      authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  add(c.get(), signed_by, NID_subject_key_identifier, "hash");
  if (const auto names = alternative_names(what); !names.empty()) {
    add(c.get(), signed_by, NID_subject_alt_name, names);
  }
  must(X509_sign(c.get(), signer, EVP_sha256()) != 0, "sign");
  return c;
}

std::unique_ptr<std::FILE, freer> open(const std::filesystem::path& path) {
  std::unique_ptr<std::FILE, freer> file(std::fopen(path.c_str(), "w"));
  must(file != nullptr, path.c_str());
  return file;
}

issued_certificate write(const std::filesystem::path& stem, X509* certificate, EVP_PKEY* key) {
  issued_certificate paths{stem.string() + ".pem", stem.string() + ".key"};
  must(PEM_write_X509(open(paths.certificate).get(), certificate) == 1, "write certificate");
  must(PEM_write_PrivateKey(open(paths.key).get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
       "write key");
  return paths;
}

key_ptr new_key() {
  key_ptr key(EVP_EC_gen("P-256"));
  must(key != nullptr, "key");
  return key;
}

} // namespace

struct certificate_authority::state {
  key_ptr key;
  certificate_ptr certificate;
};

certificate_authority::certificate_authority(std::filesystem::path directory, const std::string& common_name)
    : directory_(std::move(directory)), state_(std::make_unique<state>()) {
  state_->key = new_key();
  certificate_recipe what;
  what.common_name = common_name;
  state_->certificate = make(what, true, state_->key.get(), nullptr, state_->key.get());
  root_ = directory_ / (common_name + ".pem");
  must(PEM_write_X509(open(root_).get(), state_->certificate.get()) == 1, "write root");
}

certificate_authority::~certificate_authority() = default;

issued_certificate certificate_authority::issue(const std::string& file,
                                                const certificate_recipe& what) const {
  const auto key = new_key();
  const auto c = make(what, false, key.get(), state_->certificate.get(), state_->key.get());
  return write(directory_ / file, c.get(), key.get());
}

issued_certificate certificate_authority::self_signed(const std::string& file,
                                                      const certificate_recipe& what) const {
  const auto key = new_key();
  const auto c = make(what, false, key.get(), nullptr, key.get());
  return write(directory_ / file, c.get(), key.get());
}

issued_certificate certificate_authority::loopback(const std::string& file) const {
  certificate_recipe what;
  what.common_name = "loopback";
  what.dns = {"localhost"};
  what.addresses = {"127.0.0.1", "::1"};
  return issue(file, what);
}

} // namespace tier2::test
