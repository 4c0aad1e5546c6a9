#include "tools/cloud/waiting_room.hpp"

namespace tier2::cloud {

void waiting_room::wait(id who, guest how) {
  leave(who);
  all_.emplace(how.since, who);
  deadlines_.emplace(how.until, who);
  auto& group = groups_[how.group];
  group.all.emplace(how.since, who);
  if (!how.proven) group.unproven.emplace(how.since, who);
  guests_.emplace(who, std::move(how));
}

void waiting_room::leave(id who) {
  const auto found = guests_.find(who);
  if (found == guests_.end()) return;
  const auto& how = found->second;
  all_.erase({how.since, who});
  deadlines_.erase({how.until, who});
  const auto group = groups_.find(how.group);
  group->second.all.erase({how.since, who});
  group->second.unproven.erase({how.since, who});
  if (group->second.all.empty()) groups_.erase(group);
  guests_.erase(found);
}

std::optional<waiting_room::id> waiting_room::overdue(time now) const {
  if (deadlines_.empty() || deadlines_.begin()->first > now) return std::nullopt;
  return deadlines_.begin()->second;
}

std::optional<waiting_room::time> waiting_room::next() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

std::optional<waiting_room::id> waiting_room::oldest_of(const std::string& group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? std::nullopt : first(found->second.all);
}

std::optional<waiting_room::id> waiting_room::oldest_unproven_of(const std::string& group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? std::nullopt : first(found->second.unproven);
}

std::size_t waiting_room::unproven_of(const std::string& group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? 0 : found->second.unproven.size();
}

} // namespace tier2::cloud
