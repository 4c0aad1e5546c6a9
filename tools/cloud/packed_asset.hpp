#pragma once

#include "platform/pages/assets.hpp"

#include <string>

namespace tier2::cloud {

/// The asset in gzip's format (RFC 1952), packed once; empty where that saves nothing. Assets hold no secret,
/// so that their packed length tells none.
const std::string& packed(const pages::asset& file);

/// Whether a client that sends this Accept-Encoding takes gzip (RFC 9110, section 12.5.3).
bool takes_gzip(std::string_view accept_encoding);

} // namespace tier2::cloud
