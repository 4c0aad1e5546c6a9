#include "actors/relay/ticket_routes.hpp"

#include <utility>

namespace tier2 {

result<void> ticket_routes::begin(const uuid& ticket, std::uint64_t connection, const std::string& account,
                                  std::size_t bytes) {
  std::size_t of_account = 0, waiting = bytes;
  for (const auto& [id, each] : routes_) {
    of_account += each.account == account ? 1 : 0;
    waiting += each.begun;
  }
  const auto known = routes_.find(ticket);
  if (known != routes_.end()) {
    auto& route = known->second;
    if (route.account != account) return fail(errc::conflict, "This ticket belongs to another user.");
    route.connection = connection;
    if (!route.answered) return fail(errc::in_use, "The beginning of this ticket was not answered yet.");
  } else if (of_account >= tickets_per_account) {
    return fail(errc::too_large, "Two tickets of this user are already on their way.");
  } else if (routes_.size() >= tickets) {
    return fail(errc::too_large, "Too many tickets are on their way from this machine.");
  }
  if (waiting > unanswered_bytes)
    return fail(errc::too_large, "Too many tickets of this machine wait for the cloud's answer.");
  routes_.insert_or_assign(ticket, route{.connection = connection, .account = account, .begun = bytes});
  return {};
}

bool ticket_routes::owns(const uuid& ticket, std::uint64_t connection) const {
  const auto known = routes_.find(ticket);
  return known != routes_.end() && known->second.connection == connection;
}

std::optional<std::uint64_t> ticket_routes::connection_of(const uuid& ticket) const {
  const auto known = routes_.find(ticket);
  if (known == routes_.end() || known->second.connection == 0) return std::nullopt;
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
  if (route.connection == 0) {
    routes_.erase(known);
    return;
  }
  const auto arrived = bytes > route.had ? bytes - route.had : 0;
  // The first answer after a beginning says where to go on: nothing is under way.
  route.in_flight = route.answered && route.in_flight > arrived ? route.in_flight - arrived : 0;
  route.had = bytes;
  route.answered = true;
  route.ended = false;
  route.begun = 0;
}

void ticket_routes::cloud_lost() {
  std::erase_if(routes_, [](const auto& each) { return each.second.connection == 0; });
  for (auto& [ticket, route] : routes_) {
    route.answered = route.ended = true;
    route.in_flight = window_bytes;
    route.begun = 0;
  }
}

void ticket_routes::closed(std::uint64_t connection) {
  std::erase_if(routes_, [&](const auto& each) {
    return each.second.connection == connection && each.second.answered;
  });
  for (auto& [ticket, route] : routes_)
    if (route.connection == connection) route.connection = 0;
}

} // namespace tier2
