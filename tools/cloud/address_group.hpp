#pragma once

#include <string>

namespace tier2::cloud {

/// Who counts as one stranger: an IPv4 address, or the /64 of an IPv6 address, since anybody with one such
/// address has all of its /64. IPv4 inside IPv6 (::ffff:a.b.c.d) counts as IPv4; what is no address, as
/// itself.
std::string address_group(const std::string& address);

} // namespace tier2::cloud
