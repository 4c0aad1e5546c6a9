#pragma once

#include "platform/net/server_trust.hpp"

#include <openssl/ssl.h>

namespace tier2::net {

/// Of a connection whose handshake ended well.
server_trust trust_of(const SSL* ssl);

} // namespace tier2::net
