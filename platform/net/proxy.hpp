#pragma once

#include <cstdint>
#include <string>

namespace tier2::net {

/// An HTTP proxy that tunnels (RFC 9110, 9.3.6).
struct proxy_address {
  std::string host;
  std::uint16_t port{};
  std::string credentials; ///< "user:password", percent-decoding not done; empty: none.
};

/// "http://[user:password@]host:port" with an IPv6 address in brackets. False: not such a URL.
bool parse_proxy(const std::string& url, proxy_address& into);
/// The CONNECT request for `host`:`port`; the host of an IPv6 address without brackets.
std::string connect_request(const proxy_address& proxy, const std::string& host, std::uint16_t port);
/// The status of the proxy's answer, 0 when it is not HTTP.
unsigned connect_status(const std::string& header);
/// Why the proxy's answer ends the attempt, as a sentence.
std::string explain_proxy(unsigned status, const proxy_address& proxy, const std::string& host,
                          std::uint16_t port);
/// An IPv6 address in brackets, all else as it is.
std::string bracketed(const std::string& host);

} // namespace tier2::net
