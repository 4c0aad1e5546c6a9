#include "actors/relay/ticket_routes.hpp"

#include <algorithm>

namespace tier2 {

result<void> ticket_routes::begin(const uuid& ticket, std::uint64_t connection, const std::string& account) {
  if (const auto known = routes_.find(ticket); known != routes_.end()) {
    if (known->second.account != account) return fail(errc::conflict, "This ticket belongs to another user.");
    known->second.connection = connection;
    return {};
  }
  const auto open = std::count_if(routes_.begin(), routes_.end(),
                                  [&](const auto& each) { return each.second.account == account; });
  if (static_cast<std::size_t>(open) >= tickets_per_account)
    return fail(errc::too_large, "Two tickets of this user are already on their way.");
  routes_.emplace(ticket, route{connection, account});
  return {};
}

bool ticket_routes::owns(const uuid& ticket, std::uint64_t connection) const {
  const auto known = routes_.find(ticket);
  return known != routes_.end() && known->second.connection == connection;
}

std::optional<std::uint64_t> ticket_routes::connection_of(const uuid& ticket) const {
  const auto known = routes_.find(ticket);
  if (known == routes_.end()) return std::nullopt;
  return known->second.connection;
}

void ticket_routes::closed(std::uint64_t connection) {
  std::erase_if(routes_, [&](const auto& each) { return each.second.connection == connection; });
}

} // namespace tier2
