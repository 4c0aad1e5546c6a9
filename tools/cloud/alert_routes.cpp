// What machines noticed, and who has seen to it.
#include "messages/wire/json.hpp"
#include "messages/wire/manifest.hpp"
#include "tools/cloud/api_answers.hpp"
#include "tools/cloud/console_api.hpp"

#include <httplib.h>

namespace tier2::cloud {

namespace {

constexpr std::size_t most_text_bytes = 200;
constexpr std::size_t most_body_bytes = 16U << 10U;

ordered_json to_json(const alert_row& row) {
  auto labels = ordered_json::parse(row.labels, nullptr, false);
  const bool open = row.acknowledged_by.empty();
  return {{"seq", row.seq},
          {"id", to_string(row.what.id)},
          {"agent", to_string(row.agent)},
          {"hostname", row.hostname},
          {"severity", row.severity},
          {"source", row.what.source},
          {"title", row.what.title},
          {"body", row.what.body},
          {"at", wire::to_rfc3339(row.what.at)},
          {"received", wire::to_rfc3339(row.received)},
          {"labels", labels.is_object() ? labels : ordered_json::object()},
          {"dedupe_key", row.what.dedupe_key},
          {"suppressed", row.what.suppressed},
          {"acknowledged_by", open ? ordered_json(nullptr) : ordered_json(row.acknowledged_by)},
          {"acknowledged_at", row.acknowledged_at == wall_time{}
                                  ? ordered_json(nullptr)
                                  : ordered_json(wire::to_rfc3339(row.acknowledged_at))},
          {"note", row.note}};
}

/// What a list, a count and an acknowledgement of many have in common; an error is the answer's sentence.
result<alert_query> query_of(const std::string& severity, const std::string& agent, const std::string& text) {
  alert_query query;
  if (!severity.empty()) {
    const auto least = parse_alert_severity(severity);
    if (!least) return fail(errc::invalid_argument, least.error().what);
    query.least = *least;
  }
  if (!agent.empty()) {
    const auto id = parse_uuid(agent);
    if (!id) return fail(errc::invalid_argument, "agent is the id of a machine.");
    query.agent = *id;
  }
  if (text.size() > most_text_bytes)
    return fail(errc::too_large, "A search has at most " + std::to_string(most_text_bytes) + " bytes.");
  query.text = text;
  return query;
}

void list(const api_parts& parts, const httplib::Request& request, httplib::Response& answer) {
  const auto limit = list_limit(request, answer);
  if (!limit) return;
  const auto before = number_before(request, answer);
  if (!before) return;
  auto query = query_of(request.get_param_value("severity"), request.get_param_value("agent"),
                        request.get_param_value("q"));
  if (!query) return send_error(answer, query.error());
  const std::string open = request.get_param_value("open");
  if (!open.empty() && open != "true")
    return send_error(answer, 400, "invalid_argument", "open is true, or left out.");
  query->open_only = !open.empty();
  query->before = *before;
  query->limit = *limit;
  const auto found = parts.alerts.list(*query);
  if (!found) return send_error(answer, found.error());
  auto items = ordered_json::array();
  for (const auto& each : found->rows)
    items.push_back(to_json(each));
  ordered_json value{{"items", std::move(items)}};
  if (found->next != 0) value["next"] = std::to_string(found->next);
  send_json(answer, value);
}

void count(const api_parts& parts, const httplib::Request& request, httplib::Response& answer) {
  const auto query = query_of(request.get_param_value("severity"), request.get_param_value("agent"), "");
  if (!query) return send_error(answer, query.error());
  const auto open = parts.alerts.count_open(query->least, query->agent);
  if (!open) return send_error(answer, open.error());
  send_json(answer, {{"open", *open}, {"more", *open == alert_store::most_counted}});
}

void receivers(const api_parts& parts, httplib::Response& answer) {
  const auto states = parts.telling.states();
  if (!states) return send_error(answer, states.error());
  const auto time = [](wall_time at) {
    return at == wall_time{} ? ordered_json(nullptr) : ordered_json(wire::to_rfc3339(at));
  };
  auto items = ordered_json::array();
  for (const auto& each : *states)
    items.push_back({{"name", each.state.name},
                     {"kind", each.kind},
                     {"severity", to_string(each.least)},
                     {"waiting", each.state.waiting},
                     {"sent", each.state.sent},
                     {"dropped", each.state.dropped},
                     {"given_up", each.state.given_up},
                     {"last_sent", time(each.state.last_sent)},
                     {"failing_since", time(each.state.failing_since)},
                     {"problem", each.state.problem}});
  send_json(answer, {{"items", std::move(items)}});
}

/// A body with these members only, each a text of its bound or a number from 1; nothing when it is not so.
std::optional<nlohmann::json> body_of(const httplib::Request& request, const std::set<std::string>& texts,
                                      const std::set<std::string>& numbers) {
  auto body = wire::parse_json(request.body, most_body_bytes, 2);
  if (!body || !body->is_object()) return std::nullopt;
  for (const auto& [name, value] : body->items()) {
    const bool text = texts.contains(name) && value.is_string();
    const bool number = numbers.contains(name) && value.is_number_unsigned() &&
                        value.get<std::uint64_t>() >= 1 &&
                        value.get<std::uint64_t>() < wire::max_json_integer;
    if (!text && !number) return std::nullopt;
  }
  return std::move(*body);
}

bool note_fits(const std::string& note) { return note.size() <= alert_store::most_note_bytes; }

void acknowledge(const api_parts& parts, const httplib::Request& request, httplib::Response& answer,
                 const principal& who) {
  const auto agent = path_id(request, answer, 1);
  if (!agent) return;
  const auto id = path_id(request, answer, 2);
  if (!id) return;
  const auto body = body_of(request, {"note"}, {});
  const std::string note = body ? body->value("note", "") : "";
  if (!body || !note_fits(note))
    return send_error(answer, 400, "malformed",
                      R"(An alert is acknowledged by {} or {"note": "…"}, at most 1000 bytes.)");
  const auto row = parts.alerts.acknowledge(*agent, *id, who.who, note, parts.now());
  if (!row) return send_error(answer, row.error());
  send_json(answer, to_json(*row));
}

void acknowledge_all(const api_parts& parts, const httplib::Request& request, httplib::Response& answer,
                     const principal& who) {
  const auto body = body_of(request, {"severity", "agent", "q", "note"}, {"until", "from"});
  const std::string note = body ? body->value("note", "") : "";
  if (!body || !body->contains("until") || !note_fits(note))
    return send_error(answer, 400, "malformed",
                      R"(Alerts are acknowledged by {"until": seq}, and "from", "severity", "agent", "q" )"
                      R"(and a "note" of at most 1000 bytes, as one likes.)");
  auto query = query_of(body->value("severity", ""), body->value("agent", ""), body->value("q", ""));
  if (!query) return send_error(answer, query.error());
  query->before = body->at("until").get<std::int64_t>() + 1;
  query->after = body->value("from", std::int64_t{1}) - 1;
  const auto done = parts.alerts.acknowledge_all(*query, who.who, note, parts.now());
  if (!done) return send_error(answer, done.error());
  ordered_json value{{"acknowledged", done->count}};
  if (done->next > 1) value["until"] = done->next - 1;
  send_json(answer, value);
}

} // namespace

void add_alert_routes(api_router& router, const api_parts& parts) {
  using request = httplib::Request;
  using response = httplib::Response;
  router.get(
      "/api/v1/alerts", "alerts:read",
      [&parts](const request& from, response& answer, const principal&) { list(parts, from, answer); });
  router.get(
      "/api/v1/alerts/count", "alerts:read",
      [&parts](const request& from, response& answer, const principal&) { count(parts, from, answer); });
  router.get("/api/v1/alerts/receivers", "alerts:read",
             [&parts](const request&, response& answer, const principal&) { receivers(parts, answer); });
  router.post("/api/v1/alerts/acknowledge", "alerts:write",
              [&parts](const request& from, response& answer, const principal& who) {
                acknowledge_all(parts, from, answer, who);
              });
  router.post("/api/v1/alerts/{agent}/{id}/acknowledge", "alerts:write",
              [&parts](const request& from, response& answer, const principal& who) {
                acknowledge(parts, from, answer, who);
              });
}

} // namespace tier2::cloud
