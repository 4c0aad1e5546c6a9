#pragma once

#include "messages/error.hpp"
#include "messages/uuid.hpp"
#include "platform/crypto/ecdsa.hpp"

#include <string>

namespace tier2::ctl {

/// The compact JWS over exactly these bytes; `too_large` for what no machine takes.
result<std::string> sign_command(const signing_key& key, const std::string& payload, bool with_kid = true);

/// RFC 4122 section 4.4.
uuid new_command_id();

} // namespace tier2::ctl
