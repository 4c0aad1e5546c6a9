// For how long tickets are kept.
#include "messages/wire/json.hpp"
#include "tools/cloud/api_answers.hpp"
#include "tools/cloud/console_api.hpp"

#include <httplib.h>

namespace tier2::cloud {

namespace {

using request = httplib::Request;
using response = httplib::Response;

struct rule {
  std::string label; ///< Empty: for all.
  std::uint32_t days{};
};

std::optional<rule> parse_rule(const std::string& text) {
  const auto body = wire::parse_json(text, 4096, 2);
  if (!body || !body->is_object() || !body->contains("days")) return {};
  rule found;
  for (const auto& [name, value] : body->items()) {
    if (name == "label" && value.is_string() && !value.get_ref<const std::string&>().empty())
      found.label = value.get<std::string>();
    else if (name == "days" && value.is_number_unsigned() && value <= ticket_retention::most_days)
      found.days = value.get<std::uint32_t>();
    else
      return {};
  }
  return found;
}

void show(const api_parts& parts, response& answer, std::optional<std::uint64_t> deletes = {}) {
  const auto rules = parts.retention.get();
  if (!rules) return send_error(answer, rules.error());
  auto labels = ordered_json::array();
  for (const auto& [label, days] : rules->labels)
    labels.push_back({{"label", label}, {"days", days}});
  ordered_json value{{"days", rules->all}, {"labels", std::move(labels)}};
  if (deletes) value["deletes"] = *deletes;
  send_json(answer, value);
}

/// With `days`, and `label` or not: what such a rule would delete; with `label` alone, what its end would.
void look(const api_parts& parts, const request& from, response& answer) {
  const auto label = from.get_param_value("label");
  std::optional<std::uint32_t> days;
  if (from.has_param("days")) {
    days = to_number<std::uint32_t>(from.get_param_value("days"));
    if (!days || *days > ticket_retention::most_days)
      return send_error(answer, 400, "malformed", "days is a number from 0 to 3650.");
  } else if (label.empty()) {
    return show(parts, answer);
  }
  const auto count = parts.retention.deletes(label, days, parts.now());
  if (!count) return send_error(answer, count.error());
  show(parts, answer, *count);
}

void set(const api_parts& parts, const request& from, response& answer, const principal& who) {
  const auto wanted = parse_rule(from.body);
  if (!wanted)
    return send_error(
        answer, 400, "malformed",
        R"(Say {"days": 30} for all tickets or {"label": "…", "days": 30} for those of machines )"
        R"(with a label; up to 3650, and 0 is for ever.)");
  if (auto done = parts.retention.set(wanted->label, wanted->days, who.who, parts.now()); !done)
    return send_error(answer, done.error());
  show(parts, answer);
}

void clear(const api_parts& parts, const request& from, response& answer, const principal& who) {
  if (auto done = parts.retention.clear(from.get_param_value("label"), who.who, parts.now()); !done)
    return send_error(answer, done.error());
  show(parts, answer);
}

} // namespace

void add_retention_routes(api_router& router, const api_parts& parts) {
  const std::string path{"/api/v1/retention"};
  router.get(path, "tickets:read", [&parts](const request& from, response& answer, const principal&) {
    look(parts, from, answer);
  });
  // What deletes tickets by itself is for a person to decide, not for a token.
  router.post(path, scope::session_only,
              [&parts](const request& from, response& answer, const principal& who) {
                set(parts, from, answer, who);
              });
  router.remove(path, scope::session_only,
                [&parts](const request& from, response& answer, const principal& who) {
                  clear(parts, from, answer, who);
                });
}

} // namespace tier2::cloud
