#pragma once

#include <atomic>
#include <cstdint>

// OpenSSL's own type.
struct ssl_st;

namespace tier2::net {

/// TLS records in a row that a peer may send without a byte of application data, its handshake included.
inline constexpr unsigned most_silent_records = 32;

/// From now on a peer that sends more than that is not read any more: reading fails as on a broken socket. A
/// KeyUpdate (RFC 8446, 4.6.3) costs a few bytes to send, new keys to take, and brings nothing, so that a
/// read which does not return before data comes would never return. `refused` counts such peers and outlives
/// the connection.
void bound_silent_records(ssl_st* ssl, std::atomic<std::uint64_t>& refused);

} // namespace tier2::net
