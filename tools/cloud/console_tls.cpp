#include "tools/cloud/console_tls.hpp"

#include <cerrno>
#include <openssl/err.h>
#include <sys/stat.h>
#include <system_error>

namespace tier2::cloud {

namespace {

tl::unexpected<error> wrong_file(const std::string& what, const std::string& file) {
  const char* why = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return fail(errc::config_invalid, what + " " + file + " cannot be used (" +
                                        (why != nullptr ? why : "unknown reason") +
                                        "): it must be a PEM file that exists and that this user may read.");
}

} // namespace

result<void> set_up_tls(SSL_CTX& context, const std::string& certificate, const std::string& key) {
  ERR_clear_error();
  SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
  SSL_CTX_set_options(&context,
                      SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  if (SSL_CTX_use_certificate_chain_file(&context, certificate.c_str()) != 1)
    return wrong_file("The certificate", certificate);
  if (SSL_CTX_use_PrivateKey_file(&context, key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(&context) != 1)
    return wrong_file("The private key", key);
  return {};
}

result<void> check_key_file(const std::string& key) {
  struct stat about{};
  if (::stat(key.c_str(), &about) != 0)
    return fail(errc::config_invalid, "The private key " + key +
                                          " cannot be read: " + std::generic_category().message(errno) + ".");
  if ((about.st_mode & 007U) != 0)
    return fail(errc::permission_denied, "Everybody on this machine may read the private key " + key +
                                             ". Mend it with: chmod 600 " + key);
  return {};
}

} // namespace tier2::cloud
