#include "messages/wire/json.hpp"
#include "messages/wire/manifest.hpp"
#include "tools/cloud/api_answers.hpp"
#include "tools/cloud/command_json.hpp"
#include "tools/cloud/console_api.hpp"

#include <algorithm>
#include <httplib.h>
#include <set>

namespace tier2::cloud {

namespace {

constexpr std::uint32_t newest_commands = 20;

ordered_json agent_json(const agent_row& row, const std::optional<presence::about>& there) {
  return {{"agent", to_string(row.id)},
          {"hostname", row.hostname},
          {"os", row.os},
          {"version", row.version},
          {"state", to_string(row.state)},
          {"connected", there.has_value()},
          {"last_seen", wire::to_rfc3339(there ? std::max(there->last_heard, row.last_seen) : row.last_seen)},
          {"groups", row.groups},
          {"claimed_groups", row.claimed},
          {"capabilities", row.capabilities},
          {"display_name", row.display_name},
          {"labels", row.labels},
          {"first_seen", wire::to_rfc3339(row.first_seen)},
          {"replaces", row.replaces.is_nil() ? ordered_json(nullptr) : ordered_json(to_string(row.replaces))},
          {"suspicion", row.suspicion.empty() ? ordered_json(nullptr)
                                              : ordered_json{{"reason", row.suspicion},
                                                             {"since", wire::to_rfc3339(row.suspected)}}}};
}

ordered_json actor_json(const actor_health& actor) {
  ordered_json counters = ordered_json::object();
  for (const auto& [name, value] : actor.counters)
    counters[name] = value;
  return {{"program", actor.program}, {"session", actor.session},       {"name", actor.name},
          {"state", actor.state},     {"restarts", actor.restarts},     {"mailbox", actor.mailbox},
          {"handled", actor.handled}, {"last_error", actor.last_error}, {"idle_s", actor.idle_s},
          {"p50_us", actor.p50_us},   {"p99_us", actor.p99_us},         {"counters", counters}};
}

void list(const api_parts& parts, const httplib::Request& request, httplib::Response& answer) {
  const auto limit = list_limit(request, answer);
  if (!limit) return;
  agent_query query;
  query.limit = *limit;
  query.text = request.get_param_value("q");
  query.group = request.get_param_value("group");
  query.label = request.get_param_value("label");
  query.state = request.get_param_value("state");
  query.before = request.get_param_value("before");
  if (!std::set<std::string>{"", "pending", "approved", "revoked", "suspicious"}.contains(query.state))
    return send_error(answer, 400, "invalid_argument",
                      "state is pending, approved, revoked or suspicious, or left out.");
  if (query.text.size() > 200 || query.group.size() > 255 || query.label.size() > 255)
    return send_error(answer, 400, "too_large", "A search has at most 200 characters.");
  const std::string connected = request.get_param_value("connected");
  if (!connected.empty() && connected != "true")
    return send_error(answer, 400, "invalid_argument", "connected is true, or left out.");
  if (!connected.empty()) query.only = parts.there.connected();
  const auto found = parts.agents.list(query);
  if (!found) return send_error(answer, found.error());
  auto items = ordered_json::array();
  for (const auto& each : found->rows)
    items.push_back(agent_json(each, parts.there.find(each.id)));
  ordered_json value{{"items", std::move(items)}};
  if (!found->next.empty()) value["next"] = found->next;
  send_json(answer, value);
}

void one(const api_parts& parts, const httplib::Request& request, httplib::Response& answer,
         const principal& who) {
  const auto id = path_id(request, answer, 1);
  if (!id) return;
  const auto found = parts.agents.get(*id);
  if (!found) return send_error(answer, found.error());
  const auto there = parts.there.find(*id);
  auto value = agent_json(*found, there);
  value["note"] = found->note;
  const auto twins = parts.agents.twins(*id);
  if (!twins) return send_error(answer, twins.error());
  value["same_hardware"] = ordered_json::array();
  for (const auto& each : *twins)
    value["same_hardware"].push_back({{"agent", to_string(each.agent)}, {"hostname", each.hostname}});
  value["actors"] = ordered_json::array();
  if (there)
    for (const auto& each : there->actors)
      value["actors"].push_back(actor_json(each));
  value["commands"] = ordered_json::array();
  if (who.may("commands:read")) { // a token without it sees machines, not what was run there
    command_query query;
    query.agent = *id;
    query.limit = newest_commands;
    const auto commands = parts.commands.list(query);
    if (!commands) return send_error(answer, commands.error());
    for (const auto& each : commands->rows)
      value["commands"].push_back(to_json(each));
  }
  send_json(answer, value);
}

void set_state(const api_parts& parts, const httplib::Request& request, httplib::Response& answer,
               const principal& who, agent_state state) {
  const auto id = path_id(request, answer, 1);
  if (!id) return;
  const auto ended = parts.agents.set_state(*id, state, who.who, parts.now());
  if (!ended) return send_error(answer, ended.error());
  if (state == agent_state::revoked) parts.end_link(*id);
  parts.bell.ring(*ended);
  const auto found = parts.agents.get(*id);
  if (!found) return send_error(answer, found.error());
  send_json(answer, agent_json(*found, parts.there.find(*id)));
}

void send_one(const api_parts& parts, const uuid& id, httplib::Response& answer) {
  const auto found = parts.agents.get(id);
  if (!found) return send_error(answer, found.error());
  send_json(answer, agent_json(*found, parts.there.find(id)));
}

void describe(const api_parts& parts, const httplib::Request& request, httplib::Response& answer,
              const principal& who) {
  const auto id = path_id(request, answer, 1);
  if (!id) return;
  const auto body = wire::parse_json(request.body, 16U << 10U, 3);
  bool fine = body && body->is_object();
  agent_about about;
  if (fine)
    for (const auto& [name, value] : body->items()) {
      if (name == "display_name" && value.is_string())
        about.display_name = value.get<std::string>();
      else if (name == "note" && value.is_string())
        about.note = value.get<std::string>();
      else if (name == "labels" && value.is_array() &&
               std::ranges::all_of(value, [](const auto& one) { return one.is_string(); }))
        about.labels = value.get<std::vector<std::string>>();
      else
        fine = false;
    }
  if (!fine)
    return send_error(
        answer, 400, "malformed",
        R"(A machine is described by {"display_name": "…", "note": "…", "labels": ["…"]}, or some of it.)");
  if (auto done = parts.agents.set_about(*id, std::move(about), who.who, parts.now()); !done)
    return send_error(answer, done.error());
  send_one(parts, *id, answer);
}

void dismiss(const api_parts& parts, const httplib::Request& request, httplib::Response& answer,
             const principal& who) {
  const auto id = path_id(request, answer, 1);
  if (!id) return;
  if (auto done = parts.agents.dismiss(*id, who.who, parts.now()); !done)
    return send_error(answer, done.error());
  send_one(parts, *id, answer);
}

void confirm_groups(const api_parts& parts, const httplib::Request& request, httplib::Response& answer,
                    const principal& who) {
  const auto id = path_id(request, answer, 1);
  if (!id) return;
  if (const auto known = parts.agents.get(*id); !known) return send_error(answer, known.error());
  const auto body = wire::parse_json(request.body, 128U << 10U, 4);
  std::vector<std::string> names;
  if (body && body->is_object() && body->contains("groups") && (*body)["groups"].is_array())
    for (const auto& each : (*body)["groups"])
      if (each.is_string()) names.push_back(each.get<std::string>());
  // Never "all": what an operator has not seen, she must not confirm.
  if (names.empty() || names.size() > 256 || names.size() != (*body)["groups"].size())
    return send_error(answer, 400, "malformed",
                      R"(Groups are confirmed by {"groups": ["name", …]}, 1 to 256.)");
  if (auto done = parts.agents.confirm_groups(*id, names, who.who, parts.now()); !done)
    return done.error().code == errc::conflict ? send_error(answer, 409, "conflict", done.error().what)
                                               : send_error(answer, done.error());
  const auto found = parts.agents.get(*id);
  if (!found) return send_error(answer, found.error());
  send_json(answer, agent_json(*found, parts.there.find(*id)));
}

} // namespace

void add_agent_routes(api_router& router, const api_parts& parts) {
  using request = httplib::Request;
  using response = httplib::Response;
  router.get(
      "/api/v1/agents", "agents:read",
      [&parts](const request& from, response& answer, const principal&) { list(parts, from, answer); });
  router.get("/api/v1/agents/{id}", "agents:read",
             [&parts](const request& from, response& answer, const principal& who) {
               one(parts, from, answer, who);
             });
  router.post("/api/v1/agents/{id}/groups", scope::session_only,
              [&parts](const request& from, response& answer, const principal& who) {
                confirm_groups(parts, from, answer, who);
              });
  router.post("/api/v1/agents/{id}/about", scope::session_only,
              [&parts](const request& from, response& answer, const principal& who) {
                describe(parts, from, answer, who);
              });
  router.post("/api/v1/agents/{id}/dismiss", scope::session_only,
              [&parts](const request& from, response& answer, const principal& who) {
                dismiss(parts, from, answer, who);
              });
  router.post("/api/v1/agents/{id}/approve", scope::session_only,
              [&parts](const request& from, response& answer, const principal& who) {
                set_state(parts, from, answer, who, agent_state::approved);
              });
  router.post("/api/v1/agents/{id}/revoke", scope::session_only,
              [&parts](const request& from, response& answer, const principal& who) {
                set_state(parts, from, answer, who, agent_state::revoked);
              });
}

} // namespace tier2::cloud
