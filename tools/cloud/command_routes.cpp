#include "messages/wire/json.hpp"
#include "messages/wire/manifest.hpp"
#include "tools/cloud/api_answers.hpp"
#include "tools/cloud/command_json.hpp"
#include "tools/cloud/console_api.hpp"

#include <httplib.h>

namespace tier2::cloud {

namespace {

constexpr std::size_t longest_body = 128U << 10U;

ordered_json receipt(const posted_command& command, const posting& posted) {
  auto agents = ordered_json::array();
  for (const auto& each : posted.deliveries)
    agents.push_back(brief_json(each));
  ordered_json value{{"id", to_string(command.claims.jti)},
                     {"agents", std::move(agents)},
                     {"expires", wire::to_rfc3339(wall_time{command.claims.expires})}};
  if (!posted.unknown.empty()) value["unknown"] = posted.unknown;
  return value;
}

void refuse(httplib::Response& answer, const posted_command& command, const posting& posted) {
  using outcome = posting::outcome;
  const std::string id = to_string(command.claims.jti);
  if (posted.how == outcome::conflict)
    return send_error(answer, 409, "conflict",
                      "Another command with the id " + id +
                          " was posted before. Nothing was sent: each command needs a new jti.");
  if (posted.how == outcome::expired)
    return send_error(answer, 410, "expired",
                      "The command's exp is in the past. Nothing was sent: sign a new one.");
  if (posted.how == outcome::too_many) answer.set_header("Retry-After", "60");
  if (posted.how == outcome::too_many)
    return send_error(
        answer, 429, "too_many",
        "The command is for more than " + std::to_string(command_store::most_agents) +
            " machines, or too many commands wait already, for its machines, of yours or of all "
            "(more than " +
            std::to_string(command_store::most_waiting_for_agent) + ", " +
            std::to_string(command_store::most_waiting_of_one) + " or " +
            std::to_string(command_store::most_waiting) + "). Nothing was sent: try again later.");
  if (posted.how == outcome::over_quota) {
    answer.set_header("Retry-After", std::to_string(posted.again.count()));
    return send_error(
        answer, 429, "over_quota",
        "You have posted as many commands, or bytes of them, or for as many machines, as may be in "
        "24 hours. Nothing was sent: try again later, or raise the limits in the [storage] of the "
        "server's configuration.");
  }
  ordered_json value{{"error", "no_such_agent"},
                     {"message", "The audience names no machine that is known here and approved. Nothing was "
                                 "sent."},
                     {"details", posted.unknown}};
  send_json(answer, value, 404);
}

void post(const api_parts& parts, const httplib::Request& request, httplib::Response& answer,
          const principal& who) {
  const auto body = wire::parse_json(request.body, longest_body, 4);
  if (!body || !body->is_object() || !body->contains("jws") || !(*body)["jws"].is_string())
    return send_error(answer, 400, "malformed",
                      R"(A command is posted as {"jws": "header.payload.signature"}.)");
  const auto command = read_posted_command((*body)["jws"].get_ref<const std::string&>());
  if (!command) return send_error(answer, 400, to_string(command.error().code), command.error().what);
  if (command->lifetime() > posted_command::longest_lifetime)
    return send_error(
        answer, 400, "lifetime_too_long",
        "From iat to exp may be 24 hours at most: every machine would refuse this command. Nothing "
        "was sent: sign a new one.");
  const auto posted = parts.commands.post(
      *command, who.who, [&](const uuid& agent) { return parts.there.link_of(agent); }, parts.now());
  if (!posted) return send_error(answer, posted.error());
  using outcome = posting::outcome;
  if (posted->how != outcome::taken && posted->how != outcome::known)
    return refuse(answer, *command, *posted);
  if (!posted->send_now.empty()) parts.deliver(posted->send_now, command->claims.jti, command->jws);
  answer.set_header("Location", "/api/v1/commands/" + to_string(command->claims.jti));
  send_json(answer, receipt(*command, *posted), posted->how == outcome::taken ? 202 : 200);
}

void list(const api_parts& parts, const httplib::Request& request, httplib::Response& answer) {
  command_query query;
  const auto limit = list_limit(request, answer);
  if (!limit) return;
  query.limit = *limit;
  query.before = request.get_param_value("before");
  if (request.has_param("agent")) {
    const auto agent = parse_uuid(request.get_param_value("agent"));
    if (!agent) return send_error(answer, 400, "invalid_argument", "agent is an agent's id.");
    query.agent = *agent;
  }
  const std::string state = request.get_param_value("state");
  if (!state.empty() && state != "open" && state != "ended")
    return send_error(answer, 400, "invalid_argument", "state is open or ended.");
  if (!state.empty()) query.open = state == "open";
  const auto found = parts.commands.list(query);
  if (!found) return send_error(answer, found.error());
  auto items = ordered_json::array();
  for (const auto& each : found->rows)
    items.push_back(to_json(each));
  ordered_json value{{"items", std::move(items)}};
  if (!found->next.empty()) value["next"] = found->next;
  send_json(answer, value);
}

void one(const api_parts& parts, const httplib::Request& request, httplib::Response& answer) {
  const auto id = path_id(request, answer, 1);
  if (!id) return;
  const auto found = parts.commands.get(*id);
  if (!found) return send_error(answer, found.error());
  send_json(answer, to_json(*found));
}

void withdraw(const api_parts& parts, const httplib::Request& request, httplib::Response& answer,
              const principal& who) {
  const auto id = path_id(request, answer, 1);
  if (!id) return;
  const auto done = parts.commands.withdraw(*id, who.who, parts.now());
  if (!done) return send_error(answer, done.error());
  parts.bell.ring(*id);
  send_json(answer, {{"id", to_string(*id)}, {"withdrawn", *done}});
}

} // namespace

void add_command_routes(api_router& router, const api_parts& parts) {
  using request = httplib::Request;
  using response = httplib::Response;
  router.post("/api/v1/commands", "commands:write",
              [&parts](const request& from, response& answer, const principal& who) {
                post(parts, from, answer, who);
              });
  router.get(
      "/api/v1/commands", "commands:read",
      [&parts](const request& from, response& answer, const principal&) { list(parts, from, answer); });
  router.get("/api/v1/commands/{id}", "commands:read",
             [&parts](const request& from, response& answer, const principal&) { one(parts, from, answer); });
  router.post("/api/v1/commands/{id}/withdraw", "commands:write",
              [&parts](const request& from, response& answer, const principal& who) {
                withdraw(parts, from, answer, who);
              });
}

} // namespace tier2::cloud
