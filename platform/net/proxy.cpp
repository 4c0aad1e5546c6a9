#include "platform/net/proxy.hpp"

#include <openssl/evp.h>

#include <vector>

namespace tier2::net {
namespace {

std::string base64(const std::string& text) {
  std::vector<unsigned char> out(4 * ((text.size() + 2) / 3) + 1);
  const int count = EVP_EncodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()));
  return {out.begin(), out.begin() + count};
}

bool parse_port(const std::string& text, std::uint16_t& port) {
  if (text.empty() || text.size() > 5 || text.find_first_not_of("0123456789") != std::string::npos) {
    return false;
  }
  const unsigned long value = std::stoul(text);
  port = static_cast<std::uint16_t>(value);
  return value >= 1 && value <= 65535;
}

} // namespace

std::string bracketed(const std::string& host) {
  return host.find(':') != std::string::npos ? '[' + host + ']' : host;
}

bool parse_proxy(const std::string& url, proxy_address& into) {
  const std::string scheme = "http://";
  if (url.compare(0, scheme.size(), scheme) != 0 || url.find_first_of(" \t\r\n") != std::string::npos) {
    return false;
  }
  std::string rest = url.substr(scheme.size());
  if (!rest.empty() && rest.back() == '/') {
    rest.pop_back();
  }
  if (const auto at = rest.rfind('@'); at != std::string::npos) {
    into.credentials = rest.substr(0, at);
    rest.erase(0, at + 1);
  }
  const auto colon = rest.rfind(':');
  if (colon == std::string::npos || !parse_port(rest.substr(colon + 1), into.port)) {
    return false;
  }
  rest.resize(colon);
  if (rest.size() > 2 && rest.front() == '[' && rest.back() == ']') {
    into.host = rest.substr(1, rest.size() - 2);
    return true;
  }
  into.host = rest;
  return !rest.empty() && rest.find_first_of(":/[]") == std::string::npos;
}

std::string connect_request(const proxy_address& proxy, const std::string& host, std::uint16_t port) {
  const std::string target = bracketed(host) + ':' + std::to_string(port);
  std::string request = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
  if (!proxy.credentials.empty()) {
    request += "Proxy-Authorization: Basic " + base64(proxy.credentials) + "\r\n";
  }
  return request + "\r\n";
}

unsigned connect_status(const std::string& header) {
  const bool http = header.size() >= 12 && header.compare(0, 7, "HTTP/1.") == 0 && header[8] == ' ';
  const std::string digits = http ? header.substr(9, 3) : std::string();
  return http && digits.find_first_not_of("0123456789") == std::string::npos
             ? static_cast<unsigned>(std::stoul(digits))
             : 0;
}

std::string explain_proxy(unsigned status, const proxy_address& proxy, const std::string& host,
                          std::uint16_t port) {
  const std::string who = "The proxy " + bracketed(proxy.host) + ':' + std::to_string(proxy.port);
  const std::string target = bracketed(host) + ':' + std::to_string(port);
  switch (status) {
  case 0:
    return who + " did not answer like an HTTP proxy, so " + target +
           " cannot be reached; check the proxy's address.";
  case 407:
    return who +
           (proxy.credentials.empty() ? " demands a user name and password (407)"
                                      : " does not accept the configured user name and password (407)") +
           ", so " + target +
           " cannot be reached; ask whoever runs it to let this computer through to that " +
           "address without them.";
  case 403:
    return who + " does not allow connections to " + target +
           " (403); ask whoever runs it to allow that address.";
  default:
    return who + " could not connect to " + target + " (status " + std::to_string(status) +
           "); check that the proxy can resolve and reach that address.";
  }
}

} // namespace tier2::net
