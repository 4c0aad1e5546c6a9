#include "tools/cloud/address_group.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>

namespace tier2::cloud {

std::string address_group(const std::string& address) {
  in6_addr six{};
  // A zone ("fe80::1%eth0") names an interface of ours, not another stranger.
  if (::inet_pton(AF_INET6, address.substr(0, address.find('%')).c_str(), &six) != 1) return address;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (IN6_IS_ADDR_V4MAPPED(&six)) {
    ::inet_ntop(AF_INET, &six.s6_addr[12], text.data(), text.size());
    return text.data();
  }
  std::fill(std::begin(six.s6_addr) + 8, std::end(six.s6_addr), std::uint8_t{0});
  ::inet_ntop(AF_INET6, &six, text.data(), text.size());
  return std::string{text.data()} + "/64";
}

} // namespace tier2::cloud
