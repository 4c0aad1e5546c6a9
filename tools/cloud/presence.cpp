#include "tools/cloud/presence.hpp"

namespace tier2::cloud {

void presence::arrived(const uuid& agent, wall_time now) {
  const std::lock_guard lock{guard_};
  there_[agent] = about{0, now, {}};
}

void presence::ready(const uuid& agent, link_number link) {
  const std::lock_guard lock{guard_};
  if (const auto found = there_.find(agent); found != there_.end()) found->second.link = link;
}

void presence::heard(const uuid& agent, wall_time now) {
  const std::lock_guard lock{guard_};
  if (const auto found = there_.find(agent); found != there_.end()) found->second.last_heard = now;
}

void presence::beat(const uuid& agent, std::vector<actor_health> actors) {
  const std::lock_guard lock{guard_};
  if (const auto found = there_.find(agent); found != there_.end()) found->second.actors = std::move(actors);
}

void presence::left(const uuid& agent) {
  const std::lock_guard lock{guard_};
  there_.erase(agent);
}

link_number presence::link_of(const uuid& agent) const {
  const std::lock_guard lock{guard_};
  const auto found = there_.find(agent);
  return found == there_.end() ? 0 : found->second.link;
}

bool presence::is_connected(const uuid& agent) const {
  const std::lock_guard lock{guard_};
  return there_.contains(agent);
}

std::optional<presence::about> presence::find(const uuid& agent) const {
  const std::lock_guard lock{guard_};
  const auto found = there_.find(agent);
  return found == there_.end() ? std::nullopt : std::optional{found->second};
}

std::set<uuid> presence::connected() const {
  const std::lock_guard lock{guard_};
  std::set<uuid> all;
  for (const auto& [agent, each] : there_)
    all.insert(agent);
  return all;
}

} // namespace tier2::cloud
