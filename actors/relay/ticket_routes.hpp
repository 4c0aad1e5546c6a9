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
  static constexpr std::size_t tickets = 64; ///< Of all accounts together.
  /// Manifests that were handed on and not answered, of all accounts together: with base64url around them
  /// they fit what may wait for a cloud that does not read.
  static constexpr std::size_t unanswered_bytes = 4U << 20U;

  static constexpr std::uint64_t window_bytes = 512U
                                                << 10U; ///< What a helper may have unacknowledged, a ticket.

  /// A beginning whose manifest has so many bytes may go to the cloud. `conflict` when the ticket is another
  /// account's; `too_large` when, for now, too many are on their way; `in_use` when the beginning before this
  /// one has not been answered yet: the answer goes to the newest connection.
  result<void> begin(const uuid& ticket, std::uint64_t connection, const std::string& account,
                     std::size_t bytes);
  /// True when a part of this size may go to the cloud now: a helper that sends beyond its window would fill
  /// the service's memory.
  bool forward(const uuid& ticket, std::uint64_t bytes);
  /// True when the end may be said: once for each answer of the cloud.
  bool finish(const uuid& ticket);
  /// The cloud said how much of the ticket it has.
  void acknowledged(const uuid& ticket, std::uint64_t bytes);
  /// The cloud is away, or there anew: what was not answered never will be.
  void cloud_lost();
  /// True when this connection may send parts of this ticket.
  bool owns(const uuid& ticket, std::uint64_t connection) const;
  std::optional<std::uint64_t> connection_of(const uuid& ticket) const;
  void end(const uuid& ticket) { routes_.erase(ticket); }
  /// The helper went away; the ticket stays in the cloud as far as it came, and its route is free once its
  /// beginning is answered: else whoever comes and goes would fill the service's memory.
  void closed(std::uint64_t connection);
  std::size_t size() const { return routes_.size(); }

private:
  struct route {
    std::uint64_t connection{}; ///< 0: the helper went away.
    std::string account;
    bool answered{false};             ///< Since the last beginning.
    bool ended{false};                ///< The end was said and not answered yet.
    std::size_t begun{};              ///< Bytes of the manifest while it is not answered.
    std::uint64_t in_flight{}, had{}; ///< Bytes.
  };
  std::map<uuid, route> routes_;
};

} // namespace tier2
