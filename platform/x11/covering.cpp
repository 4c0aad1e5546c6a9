#include "platform/x11/covering.hpp"

#include <algorithm>

namespace tier2::x11 {

namespace {

constexpr std::chrono::seconds settled{1};

struct box {
  std::int64_t left, top, right, bottom;
};

box box_of(const rectangle& r) {
  return {r.x, r.y, std::int64_t{r.x} + r.width, std::int64_t{r.y} + r.height};
}

void add(std::vector<box>& to, const box& one) {
  if (one.left < one.right && one.top < one.bottom) to.push_back(one);
}

/// Above, below, left and right of the hole.
std::vector<box> with_hole(const box& whole, const box& hole) {
  const box cut{std::max(whole.left, hole.left), std::max(whole.top, hole.top),
                std::min(whole.right, hole.right), std::min(whole.bottom, hole.bottom)};
  if (cut.left >= cut.right || cut.top >= cut.bottom) return {whole};
  std::vector<box> rest;
  add(rest, {whole.left, whole.top, whole.right, cut.top});
  add(rest, {whole.left, cut.bottom, whole.right, whole.bottom});
  add(rest, {whole.left, cut.top, cut.left, cut.bottom});
  add(rest, {cut.right, cut.top, whole.right, cut.bottom});
  return rest;
}

} // namespace

std::vector<rectangle> without(const rectangle& whole, std::span<const rectangle> cut_out) {
  std::vector<box> left{box_of(whole)};
  for (const auto& hole : cut_out) {
    std::vector<box> next;
    for (const auto& each : left)
      std::ranges::copy(with_hole(each, box_of(hole)), std::back_inserter(next));
    left = std::move(next);
  }
  std::vector<rectangle> rest;
  rest.reserve(left.size());
  for (const auto& each : left)
    rest.push_back({static_cast<std::int32_t>(each.left), static_cast<std::int32_t>(each.top),
                    static_cast<std::uint32_t>(each.right - each.left),
                    static_cast<std::uint32_t>(each.bottom - each.top)});
  return rest;
}

std::vector<xcb_window_t> covering::candidates(const exclusion& found, const window_look& look) {
  std::vector<xcb_window_t> above;
  bool behind = false;
  for (const auto& top : look.tops) {
    const bool hidden = std::ranges::find(found.hidden, top.id, &hidden_window::id) != found.hidden.end();
    if (behind && !hidden && top.visible && top.solid) above.push_back(top.id);
    behind = behind || hidden;
  }
  return above;
}

void covering::uncover(exclusion& found, const window_look& look, const std::set<xcb_window_t>& opaque,
                       time now) {
  decltype(pairs_) present;
  for (auto& hidden : found.hidden) {
    const auto behind = std::ranges::find(look.tops, hidden.id, &top_window::id);
    if (behind == look.tops.end() || hidden.places != std::vector{behind->place}) continue;
    std::vector<rectangle> in_front;
    for (auto front = std::next(behind); front != look.tops.end(); ++front) {
      if (!front->visible || !opaque.contains(front->id)) continue;
      pair_state state{front->place, behind->place, now};
      const auto known = pairs_.find({front->id, hidden.id});
      if (known != pairs_.end() && known->second.front == state.front && known->second.behind == state.behind)
        state.since = known->second.since;
      if (now - state.since >= settled) in_front.push_back(front->place);
      present.emplace(std::pair{front->id, hidden.id}, state);
    }
    hidden.places = without(behind->place, in_front);
  }
  pairs_ = std::move(present);
}

} // namespace tier2::x11
