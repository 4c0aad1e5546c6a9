#include "platform/x11/window_guard.hpp"

#include "platform/x11/overpaint.hpp"

#include <algorithm>
#include <utility>

namespace tier2::x11 {

namespace {

/// For so long after the last picture in which it was hidden a window's place stays covered: a compositor
/// fades windows out, and a program beneath may be slow to paint what was uncovered.
constexpr std::chrono::seconds linger{1};

} // namespace

window_guard::window_guard(xcb_connection_t* xcb, const xcb_screen_t& screen, window_rules rules)
    : rules_{std::move(rules)}, list_{xcb, screen} {}

result<void> window_guard::before() {
  list_.watch();
  auto look = list_.answer(list_.ask());
  if (!look) {
    list_.unwatch();
    return tl::unexpected{look.error()};
  }
  before_ = std::move(*look);
  return {};
}

result<void> window_guard::after(const window_list::question& asked, bool last) {
  const auto look = list_.answer(asked);
  std::set<xcb_window_t> opaque;
  if (look) {
    found_ = judge(rules_, before_, *look, {});
    const auto in_front = covering::candidates(found_, *look);
    if (!in_front.empty()) opaque = list_.opaque_of(in_front, *look);
  }
  const auto between = list_.unwatch(); // behind the last answer, so that nothing is missed
  if (!look) return tl::unexpected{look.error()};
  const auto now = std::chrono::steady_clock::now();
  if (between.any || before_.tops != look->tops) {
    found_ = judge(rules_, before_, *look, between);
    covering_.forget();
  } else {
    covering_.uncover(found_, *look, opaque, now);
  }
  before_ = {};
  if (!found_.strangers.empty() && !last)
    return fail(errc::conflict, "Windows came and went while a picture was taken.");
  std::ranges::move(found_.strangers, std::back_inserter(found_.hidden));
  remember(now);
  return {};
}

void window_guard::remember(std::chrono::steady_clock::time_point now) {
  std::erase_if(remembered_, [&](const memory& each) { return now - each.seen > linger; });
  const auto present = found_.hidden;
  for (const auto& [window, seen] : remembered_) {
    const auto same = std::ranges::find(found_.hidden, window.id, &hidden_window::id);
    if (same == found_.hidden.end())
      found_.hidden.push_back(window);
    else
      same->places.insert(same->places.end(), window.places.begin(), window.places.end());
  }
  for (const auto& window : present)
    remembered_.push_back({window, now});
}

void window_guard::cover(std::span<std::byte> bytes, xcb_window_t active, frame_info& info) {
  for (const auto& window : found_.hidden) {
    bool any = false;
    for (const auto& place : window.places)
      any = overpaint(bytes, info.width, info.height, place) || any;
    if (!any) continue;
    ++info.painted_over;
    const bool told =
        window.rule.empty() || std::ranges::find(info.hidden_by, window.rule) != info.hidden_by.end();
    if (!told && info.hidden_by.size() < max_hidden_by) info.hidden_by.push_back(window.rule);
  }
  if (may_be_told(active, info)) return;
  info.window.clear();
  info.application.clear();
}

bool window_guard::may_be_told(xcb_window_t active, const frame_info& info) const {
  if (!std::ranges::binary_search(found_.plain_ids, active)) return false;
  const auto fits = [](const std::vector<window_pattern>& patterns, const std::string& text) {
    const auto characters = folded(text);
    return std::ranges::any_of(patterns, [&](const auto& pattern) { return pattern.fits(characters); });
  };
  return !fits(rules_.titles, info.window) && !fits(rules_.classes, info.application);
}

} // namespace tier2::x11
