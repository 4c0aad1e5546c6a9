#pragma once

#include "messages/error.hpp"

#include <openssl/ssl.h>
#include <string>

namespace tier2::cloud {

/// Certificate chain and key into a context that speaks TLS 1.2 and newer. `config_invalid` names the file.
result<void> set_up_tls(SSL_CTX& context, const std::string& certificate, const std::string& key);

/// `permission_denied` when everybody may read the private key.
result<void> check_key_file(const std::string& key);

} // namespace tier2::cloud
