#pragma once

#include "messages/error.hpp"
#include "messages/uuid.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tier2 {

/// Which helper's connection each ticket that is on its way belongs to. A ticket belongs to the account that
/// began it; the same account may go on from a new connection, another may not touch it.
class ticket_routes {
public:
  static constexpr std::size_t tickets_per_account = 2;

  static constexpr std::uint64_t window_bytes = 512U
                                                << 10U; ///< What a helper may have unacknowledged, a ticket.

  /// `conflict` when the ticket is another account's, `too_large` when this account has too many on their
  /// way, `in_use` when the beginning before this one has not been answered yet.
  result<void> begin(const uuid& ticket, std::uint64_t connection, const std::string& account);
  /// True when a part of this size may go to the cloud now: a helper that sends beyond its window would fill
  /// the service's memory.
  bool forward(const uuid& ticket, std::uint64_t bytes);
  /// True when the end may be said: once for each answer of the cloud.
  bool finish(const uuid& ticket);
  /// The cloud said how much of the ticket it has.
  void acknowledged(const uuid& ticket, std::uint64_t bytes);
  /// The cloud is away: what was not answered never will be.
  void cloud_lost();
  /// True when this connection may send parts of this ticket.
  bool owns(const uuid& ticket, std::uint64_t connection) const;
  std::optional<std::uint64_t> connection_of(const uuid& ticket) const;
  void end(const uuid& ticket) { routes_.erase(ticket); }
  /// The helper went away; the ticket stays in the cloud as far as it came, and its route is free.
  void closed(std::uint64_t connection);
  std::size_t size() const { return routes_.size(); }

private:
  struct route {
    std::uint64_t connection{};
    std::string account;
    bool answered{false};             ///< Since the last beginning.
    bool ended{false};                ///< The end was said and not answered yet.
    std::uint64_t in_flight{}, had{}; ///< Bytes.
  };
  std::map<uuid, route> routes_;
};

} // namespace tier2
