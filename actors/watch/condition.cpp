#include "actors/watch/condition.hpp"

#include <utility>

namespace tier2 {

namespace {

constexpr std::array all_levels{trouble::none, trouble::warning, trouble::critical};
constexpr auto at(trouble level) { return static_cast<std::size_t>(level); }

} // namespace

void condition::move(finding what, steady_time now, std::chrono::seconds lasts) {
  const auto keep = [now](time& since, bool so) {
    if (!so)
      since.reset();
    else if (!since)
      since = now;
  };
  for (const auto level : all_levels) {
    keep(up_[at(level)], what.rises >= level);
    keep(down_[at(level)], what.holds <= level);
  }
  const auto lasted = [&](const time& since) { return since && now - *since >= lasts; };
  const auto was = level_;
  for (const auto level : all_levels) // the worst that has lasted
    if (level > was && lasted(up_[at(level)])) level_ = level;
  if (level_ != was) return;
  for (const auto level : all_levels) // the best that has lasted
    if (level < was && lasted(down_[at(level)])) {
      level_ = level;
      return;
    }
}

std::optional<condition::news> condition::feed(finding what, steady_time now, const times& at_times) {
  const auto was = level_;
  move(what, now, at_times.lasts);
  auto& said = said_[at(level_)];
  const auto differs = level_ != told_;
  const auto lasts_on = !differs && level_ != trouble::none && (!said || now - *said >= at_times.repeat);
  if (differs && said && now - *said < quiet) {
    if (level_ != was) ++held_back_;
    return std::nullopt;
  }
  if (!differs && level_ != was) ++held_back_; // there and back within the quiet time
  if (!differs && !lasts_on) return std::nullopt;
  said = now;
  return news{level_, std::exchange(told_, level_), std::exchange(held_back_, 0)};
}

std::chrono::seconds condition::told_ago(steady_time now) const {
  const auto& said = said_[at(told_)];
  return said ? std::chrono::duration_cast<std::chrono::seconds>(now - *said) : std::chrono::seconds{0};
}

condition condition::restored(trouble level, std::chrono::seconds ago, steady_time now) {
  condition made;
  made.level_ = made.told_ = level;
  made.said_[at(level)] = now - ago;
  return made;
}

} // namespace tier2
