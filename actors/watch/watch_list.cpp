#include "actors/watch/watch_list.hpp"

#include "messages/wire/json.hpp"

#include <algorithm>

namespace tier2 {

namespace {

constexpr std::string_view warning = "warning", critical = "critical";

std::int64_t seconds_of(wall_time when) {
  return std::chrono::duration_cast<std::chrono::seconds>(when.time_since_epoch()).count();
}

tl::unexpected<error> malformed() {
  return fail(errc::malformed, "What was known of this machine's troubles cannot be read.");
}

} // namespace

std::optional<condition::news> watch_list::feed(const std::string& key, finding what, steady_time now,
                                                const condition::times& at) {
  if (!things_.contains(key)) {
    if (things_.size() >= max_things)
      std::erase_if(things_, [](const auto& each) { return each.second.told() == trouble::none; });
    if (things_.size() >= max_things) {
      ++left_out_;
      return std::nullopt;
    }
  }
  return things_[key].feed(what, now, at);
}

std::vector<std::string> watch_list::in_trouble(std::string_view prefix) const {
  std::vector<std::string> keys;
  for (const auto& [key, thing] : things_)
    if (thing.told() != trouble::none && key.starts_with(prefix)) keys.push_back(key);
  return keys;
}

std::string watch_list::save(steady_time now, wall_time today) const {
  auto troubles = nlohmann::ordered_json::array();
  for (const auto& [key, thing] : things_) {
    if (thing.told() == trouble::none) continue;
    nlohmann::ordered_json each;
    each["key"] = key;
    each["level"] = thing.told() == trouble::critical ? critical : warning;
    each["said_at"] = seconds_of(today - thing.told_ago(now));
    troubles.push_back(std::move(each));
  }
  nlohmann::ordered_json all;
  all["version"] = 1;
  all["troubles"] = std::move(troubles);
  return wire::dump_json(all);
}

result<watch_list> watch_list::load(std::string_view text, steady_time now, wall_time today) {
  const auto all = wire::parse_json(text, max_text_bytes, 4);
  if (!all || !all->is_object() || !all->contains("version") || (*all)["version"] != 1 ||
      !all->contains("troubles") || !(*all)["troubles"].is_array() || (*all)["troubles"].size() > max_things)
    return malformed();
  watch_list list;
  for (const auto& each : (*all)["troubles"]) {
    if (!each.is_object() || !each.contains("key") || !each["key"].is_string() || !each.contains("level") ||
        !each["level"].is_string() || !each.contains("said_at") || !each["said_at"].is_number_integer())
      return malformed();
    const auto level = each["level"].get<std::string>();
    if (level != warning && level != critical) return malformed();
    const auto ago = std::clamp<std::int64_t>(seconds_of(today) - each["said_at"].get<std::int64_t>(), 0,
                                              std::int64_t{365} * 86400);
    list.things_.insert_or_assign(
        each["key"].get<std::string>(),
        condition::restored(level == critical ? trouble::critical : trouble::warning,
                            std::chrono::seconds{ago}, now));
  }
  return list;
}

} // namespace tier2
