#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

namespace tier2::cloud {

/// Who waits at a port, since when and until when, so that there is always an answer to "who goes first when
/// there is no room". Pure: it is given the time. Not thread-safe.
class waiting_room {
public:
  using id = std::uint64_t;
  using time = std::chrono::steady_clock::time_point;

  struct guest {
    std::string group; ///< address_group of the peer.
    bool proven{};     ///< Brought a whole request before.
    time since, until;
  };
  /// Comes in, or goes on waiting for something else.
  void wait(id who, guest how);
  void leave(id who);
  /// Somebody whose time is up.
  std::optional<id> overdue(time now) const;
  /// When the next one's time is up.
  std::optional<time> next() const;
  /// Who has waited longest, of all, of a group, or of a group's unproven ones.
  std::optional<id> oldest() const { return first(all_); }
  std::optional<id> oldest_of(const std::string& group) const;
  std::optional<id> oldest_unproven_of(const std::string& group) const;
  std::size_t unproven_of(const std::string& group) const;
  std::size_t size() const { return guests_.size(); }

private:
  using order = std::set<std::pair<time, id>>;
  static std::optional<id> first(const order& of) {
    return of.empty() ? std::nullopt : std::optional{of.begin()->second};
  }
  struct group_orders {
    order all, unproven;
  };
  std::unordered_map<id, guest> guests_;
  order all_, deadlines_;
  std::map<std::string, group_orders> groups_;
};

} // namespace tier2::cloud
