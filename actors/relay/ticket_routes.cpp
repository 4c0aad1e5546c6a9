#include "actors/relay/ticket_routes.hpp"

#include <algorithm>
#include <utility>

namespace tier2 {

result<void> ticket_routes::begin(const uuid& ticket, std::uint64_t connection, const std::string& account) {
  if (const auto known = routes_.find(ticket); known != routes_.end()) {
    if (known->second.account != account) return fail(errc::conflict, "This ticket belongs to another user.");
    auto& route = known->second;
    if (route.connection == connection && !route.answered)
      return fail(errc::in_use, "The beginning of this ticket was not answered yet.");
    route.connection = connection;
    route.answered = false;
    return {};
  }
  const auto open = std::count_if(routes_.begin(), routes_.end(),
                                  [&](const auto& each) { return each.second.account == account; });
  if (static_cast<std::size_t>(open) >= tickets_per_account)
    return fail(errc::too_large, "Two tickets of this user are already on their way.");
  routes_.emplace(ticket, route{connection, account, false, false, 0, 0});
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

bool ticket_routes::forward(const uuid& ticket, std::uint64_t bytes) {
  const auto known = routes_.find(ticket);
  if (known == routes_.end() || !known->second.answered || known->second.in_flight + bytes > window_bytes)
    return false;
  known->second.in_flight += bytes;
  return true;
}

bool ticket_routes::finish(const uuid& ticket) {
  const auto known = routes_.find(ticket);
  if (known == routes_.end() || !known->second.answered) return false;
  return !std::exchange(known->second.ended, true);
}

void ticket_routes::acknowledged(const uuid& ticket, std::uint64_t bytes) {
  const auto known = routes_.find(ticket);
  if (known == routes_.end()) return;
  auto& route = known->second;
  const auto arrived = bytes > route.had ? bytes - route.had : 0;
  // The first answer after a beginning says where to go on: nothing is under way.
  route.in_flight = route.answered && route.in_flight > arrived ? route.in_flight - arrived : 0;
  route.had = bytes;
  route.answered = true;
  route.ended = false;
}

void ticket_routes::cloud_lost() {
  for (auto& [ticket, route] : routes_)
    route = {route.connection, route.account, true, true, window_bytes, route.had};
}

void ticket_routes::closed(std::uint64_t connection) {
  std::erase_if(routes_, [&](const auto& each) { return each.second.connection == connection; });
}

} // namespace tier2
