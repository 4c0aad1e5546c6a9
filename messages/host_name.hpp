#pragma once

#include <string_view>

namespace tier2 {

/// A host name (RFC 1123 section 2.1: labels of letters, digits and hyphens), an IPv4 address in dotted form
/// or an IPv6 address (RFC 4291 section 2.2) without brackets or zone.
bool is_host(std::string_view text);

/// `scheme` ("http://") followed by a host (IPv6 in brackets), and a port from 1 to 65535 where
/// `port_required` or a ':' is there; nothing after it.
bool is_origin(std::string_view text, std::string_view scheme, bool port_required);

} // namespace tier2
