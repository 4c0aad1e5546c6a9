#pragma once

#include "actors/watch/condition.hpp"
#include "messages/alert.hpp"
#include "messages/wire/json.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace tier2::wording {

/// Paths are people's text, and hold what they like.
inline std::string shown_path(std::string_view path) {
  auto text = wire::valid_utf8(path, 150);
  for (auto& c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) c = '?';
  return text;
}

/// The beginning of an alert about something that has levels.
inline alert begin(std::string key, const condition::news& news) {
  alert made;
  constexpr std::array levels{"well", "warning", "critical"};
  constexpr std::array severities{alert_severity::info, alert_severity::warning, alert_severity::critical};
  made.severity = severities[static_cast<std::size_t>(news.level)];
  made.source = "watch";
  made.dedupe_key = std::move(key);
  made.suppressed = news.held_back;
  made.labels["level"] = levels[static_cast<std::size_t>(news.level)];
  if (news.level == news.before) made.labels["lasts_on"] = "true";
  return made;
}

inline bool is_well(const condition::news& news) { return news.level == trouble::none; }

inline std::string still(const condition::news& news) {
  return news.level == news.before ? " This lasts on." : "";
}

} // namespace tier2::wording
