#include "actors/watch/helper_crashes.hpp"

#include "messages/error.hpp"

#include <algorithm>
#include <array>

namespace tier2 {

namespace {

/// A display that is away is none of the helper's mistakes.
bool is_environment(const std::string& last_error) {
  return std::ranges::any_of(
      std::array{errc::no_display, errc::display_lost, errc::wayland_only},
      [&](errc each) { return last_error.starts_with(std::string{to_string(each)} + ":"); });
}

} // namespace

std::optional<helper_crashes::news> helper_crashes::feed(std::uint64_t connection, const std::string& session,
                                                         const std::vector<actor_health>& actors,
                                                         steady_time now) {
  if (!helpers_.contains(connection) && helpers_.size() >= max_helpers) return std::nullopt;
  auto& one = helpers_[connection];
  if (now - one.since > within) {
    one.since = now;
    one.crashes = 0;
    one.names.clear();
  }
  for (const auto& each : actors) {
    const auto known = one.restarts.find(each.name);
    if (known == one.restarts.end()) {
      // What happened before we looked was told before, or is long ago.
      if (one.restarts.size() < max_actors) one.restarts.emplace(each.name, each.restarts);
      continue;
    }
    const auto more = each.restarts > known->second ? each.restarts - known->second : 0;
    known->second = each.restarts;
    if (more == 0 || is_environment(each.last_error)) continue;
    one.crashes += std::min(more, 1000U);
    one.names.insert(each.name);
    one.last_error = each.last_error;
  }
  if (one.crashes < many) return std::nullopt;
  std::erase_if(told_, [now](const auto& each) { return now - each.second >= quiet; });
  if (told_.contains(session) || told_.size() >= max_helpers) return std::nullopt;
  told_.emplace(session, now);
  news made{session, {}, one.last_error, one.crashes};
  for (const auto& each : one.names)
    made.names += (made.names.empty() ? "" : ", ") + each;
  return made;
}

} // namespace tier2
