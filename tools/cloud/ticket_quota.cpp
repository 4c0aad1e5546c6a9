// How many uploads and tickets there may be, and which of them yields.
#include "tools/cloud/ticket_intake.hpp"

namespace tier2::cloud {

result<bool> ticket_intake::has_tickets_left(const uuid& agent, wall_time now) {
  const auto stored = tickets_.count_since(agent, now - std::chrono::hours{24});
  if (!stored) return tl::unexpected(stored.error());
  std::uint64_t sum = *stored;
  for (auto each = open_.lower_bound({agent, uuid{}}); each != open_.end() && each->first.first == agent;
       ++each)
    ++sum;
  return sum < limits_.tickets_per_day;
}

bool ticket_intake::make_room(const ticket_key& for_whom, wall_time now) {
  std::size_t count = 0;
  std::size_t of_account = 0;
  auto oldest = open_.end();
  auto oldest_of_account = open_.end();
  const auto older = [&](const auto& one, const auto& other) {
    return other == open_.end() || one->second.last < other->second.last;
  };
  for (auto each = open_.lower_bound({for_whom.agent, uuid{}});
       each != open_.end() && each->first.first == for_whom.agent; ++each) {
    const bool same = each->second.ticket.key.account == for_whom.account;
    ++count;
    if (same) ++of_account;
    if (each->second.storing) continue;
    if (older(each, oldest)) oldest = each;
    if (same && older(each, oldest_of_account)) oldest_of_account = each;
  }
  const bool account_full = of_account >= limits_.uploads_of_account;
  if (!account_full && count < limits_.open_uploads) return true;
  // An account that has its share makes room among its own.
  const auto goes = account_full ? oldest_of_account : oldest;
  if (goes == open_.end() || now - goes->second.last < limits_.makes_way_after) return false;
  drop(open_key{goes->first});
  return true;
}

void ticket_intake::expire(wall_time now) {
  std::vector<open_key> over;
  for (const auto& [key, each] : open_)
    if (!each.storing && now - each.last > limits_.idle) over.push_back(key);
  for (const auto& key : over)
    drop(key);
}

} // namespace tier2::cloud
