#pragma once

#include "messages/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tier2::os {

/// "10.0.0.1 by eth0" for each default route in the text of /proc/net/route.
std::vector<std::string> default_routes(std::string_view route);
/// The same from the text of /proc/net/ipv6_route.
std::vector<std::string> default_routes_v6(std::string_view route);

/// The addresses of the "nameserver" lines of a resolv.conf (resolv.conf(5)).
std::vector<std::string> name_servers(std::string_view resolv_conf);

/// Interfaces with their state and addresses, default routes, name servers.
result<std::string> network();

} // namespace tier2::os
