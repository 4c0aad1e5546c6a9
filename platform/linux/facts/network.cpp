#include "platform/linux/facts/network.hpp"

#include "platform/linux/account.hpp"
#include "platform/linux/facts/text.hpp"
#include "platform/linux/system_error.hpp"

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstring>
#include <ifaddrs.h>
#include <map>
#include <memory>
#include <net/if.h>

namespace tier2::os {

namespace {

std::optional<std::uint32_t> hex_of(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string text_of(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return ::inet_ntop(family, address, text.data(), text.size()) != nullptr ? text.data() : "?";
}

std::size_t prefix_of(const sockaddr* mask) {
  if (mask == nullptr) return 0;
  std::array<unsigned char, 16> bytes{};
  if (mask->sa_family == AF_INET)
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in*>(mask)->sin_addr, 4);
  else
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(mask)->sin6_addr, 16);
  std::size_t bits = 0;
  for (const auto byte : bytes)
    bits += static_cast<std::size_t>(__builtin_popcount(byte));
  return bits;
}

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& each : items)
    text += (text.empty() ? "" : ", ") + each;
  return text;
}

struct interface_state {
  bool up{}, running{};
  std::vector<std::string> addresses;
};

} // namespace

std::vector<std::string> default_routes(std::string_view route) {
  std::vector<std::string> found;
  for (const auto line : lines_of(route)) {
    const auto words = words_of(line); // Iface Destination Gateway Flags RefCnt Use Metric Mask …
    if (words.size() < 8 || words[1] != "00000000" || words[7] != "00000000") continue;
    const auto gateway = hex_of(words[2]);
    if (!gateway) continue;
    // The kernel writes the address's four bytes as one number in the machine's own order.
    found.push_back((*gateway == 0 ? std::string{"directly"} : text_of(AF_INET, &*gateway)) + " by " +
                    std::string{words[0]});
  }
  return found;
}

std::vector<std::string> default_routes_v6(std::string_view route) {
  std::vector<std::string> found;
  for (const auto line : lines_of(route)) {
    const auto words = words_of(line); // destination prefix source prefix next-hop metric … interface
    if (words.size() < 10 || words[0] != std::string(32, '0') || words[1] != "00" || words[9] == "lo")
      continue;
    std::array<unsigned char, 16> hop{};
    bool good = words[4].size() == 32;
    for (std::size_t i = 0; good && i < hop.size(); ++i) {
      const auto byte = hex_of(words[4].substr(i * 2, 2));
      good = byte.has_value();
      if (good) hop[i] = static_cast<unsigned char>(*byte);
    }
    if (good)
      found.push_back((hop == decltype(hop){} ? std::string{"directly"} : text_of(AF_INET6, hop.data())) +
                      " by " + std::string{words[9]});
  }
  return found;
}

std::vector<std::string> name_servers(std::string_view resolv_conf) {
  std::vector<std::string> found;
  for (const auto line : lines_of(resolv_conf))
    if (const auto words = words_of(trimmed(line)); words.size() >= 2 && words[0] == "nameserver")
      found.emplace_back(words[1]);
  return found;
}

result<std::string> network() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return fail_with("The system did not list its network interfaces", errno);
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner{list, ::freeifaddrs};
  std::map<std::string, interface_state> interfaces;
  for (const auto* each = list; each != nullptr; each = each->ifa_next) {
    if ((each->ifa_flags & IFF_LOOPBACK) != 0) continue;
    auto& state = interfaces[each->ifa_name];
    state.up = (each->ifa_flags & IFF_UP) != 0;
    state.running = (each->ifa_flags & IFF_RUNNING) != 0;
    if (each->ifa_addr == nullptr) continue;
    const int family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    const void* address =
        family == AF_INET
            ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(each->ifa_addr)->sin_addr)
            : &reinterpret_cast<const sockaddr_in6*>(each->ifa_addr)->sin6_addr;
    state.addresses.push_back(text_of(family, address) + "/" + std::to_string(prefix_of(each->ifa_netmask)));
  }
  std::string text;
  for (const auto& [name, state] : interfaces) {
    text += name + ": " + (!state.up ? "switched off" : state.running ? "connected" : "not connected");
    text += (state.addresses.empty() ? std::string{", no address"} : ", " + joined(state.addresses)) + "\n";
  }
  if (interfaces.empty()) text = "no network interface\n";
  auto routes = default_routes(read_text("/proc/net/route", 1U << 20U).value_or(""));
  for (auto& each : default_routes_v6(read_text("/proc/net/ipv6_route", 1U << 20U).value_or("")))
    routes.push_back(std::move(each));
  text += "way out: " + (routes.empty() ? "none" : joined(routes)) + "\n";
  auto servers = name_servers(read_text("/etc/resolv.conf", 65536).value_or(""));
  if (servers == std::vector<std::string>{"127.0.0.53"}) // systemd-resolved stands in for the real ones
    if (auto real = name_servers(read_text("/run/systemd/resolve/resolv.conf", 65536).value_or(""));
        !real.empty())
      servers = std::move(real);
  return text + "name servers: " + (servers.empty() ? "none" : joined(servers));
}

} // namespace tier2::os
