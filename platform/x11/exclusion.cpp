#include "platform/x11/exclusion.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace tier2::x11 {

namespace {

std::optional<std::string> rule_for(const window_rules& rules, const told_window& window) {
  const auto any_fits = [](const std::vector<window_pattern>& patterns, const std::u32string& one,
                           const std::u32string& other) -> std::optional<std::string> {
    for (const auto& pattern : patterns)
      if (pattern.fits(one) || pattern.fits(other)) return pattern.text();
    return std::nullopt;
  };
  auto rule = any_fits(rules.classes, window.class_name, window.instance);
  if (!rule) rule = any_fits(rules.titles, window.title, window.older_title);
  return rule;
}

bool says_something(const told_window& window) {
  return !window.title.empty() || !window.older_title.empty() || !window.instance.empty() ||
         !window.class_name.empty();
}

/// What was not looked at to its end may fit: then nobody knows, and it is hidden. A top that says what it is
/// is the program's own window, whatever it has inside.
bool may_fit(const window_rules& rules, const told_window& window) {
  return (window.title_cut && !rules.titles.empty()) || (window.inside_cut && !says_something(window));
}

/// Grows by what belongs to what is in it.
class family {
public:
  bool add(const told_window& window, const std::string& rule) {
    if (!windows_.emplace(window.id, rule).second) return false;
    windows_.emplace(window.top, rule);
    if (window.leader != XCB_WINDOW_NONE) leaders_.emplace(window.leader, rule);
    if (window.process != 0) processes_.emplace(window.process, rule);
    return true;
  }
  const std::string* rule_of(const told_window& window) const {
    for (const auto id : {window.id, window.top, window.transient_for})
      if (const auto found = windows_.find(id); found != windows_.end()) return &found->second;
    if (!window.aside) return nullptr;
    if (const auto found = leaders_.find(window.leader); found != leaders_.end()) return &found->second;
    if (const auto found = processes_.find(window.process); found != processes_.end()) return &found->second;
    return nullptr;
  }
  const std::map<xcb_window_t, std::string>& windows() const { return windows_; }

private:
  std::map<xcb_window_t, std::string> windows_;
  std::map<xcb_window_t, std::string> leaders_;
  std::map<std::uint32_t, std::string> processes_;
};

family find_family(const window_rules& rules, const std::vector<const told_window*>& told) {
  family grown;
  for (const auto* window : told)
    if (const auto rule = rule_for(rules, *window))
      grown.add(*window, *rule);
    else if (may_fit(rules, *window))
      grown.add(*window, {});
  for (bool more = true; more;) {
    more = false;
    for (const auto* window : told)
      if (const auto* rule = grown.rule_of(*window)) more = grown.add(*window, std::string{*rule}) || more;
  }
  return grown;
}

std::vector<rectangle> places_of(xcb_window_t id, const window_look& before, const window_look& after,
                                 const window_changes& between) {
  std::vector<rectangle> places;
  const auto add = [&](const rectangle& place) {
    if (std::ranges::find(places, place) == places.end()) places.push_back(place);
  };
  for (const auto* look : {&before, &after})
    for (const auto& top : look->tops)
      if (top.id == id) add(top.place);
  for (const auto& change : between.placed)
    if (change.id == id) add(change.place);
  return places;
}

} // namespace

exclusion judge(const window_rules& rules, const window_look& before, const window_look& after,
                const window_changes& between) {
  std::vector<const told_window*> told;
  std::set<xcb_window_t> seen, named;
  for (const auto* look : {&before, &after}) {
    for (const auto& window : look->told) {
      told.push_back(&window);
      if (says_something(window)) named.insert(window.top);
    }
    for (const auto& top : look->tops)
      if (top.visible) seen.insert(top.id);
  }
  const auto grown = find_family(rules, told);

  exclusion found;
  for (const auto& [id, rule] : grown.windows()) {
    found.hidden_ids.push_back(id);
    if (seen.contains(id)) found.hidden.push_back({id, rule, places_of(id, before, after, between)});
  }
  for (const auto* window : told)
    if (!grown.windows().contains(window->id)) found.plain_ids.push_back(window->id);
  std::ranges::sort(found.plain_ids);
  for (const auto id : std::set(between.mapped.begin(), between.mapped.end()))
    if (!named.contains(id)) found.strangers.push_back({id, {}, places_of(id, before, after, between)});
  return found;
}

} // namespace tier2::x11
