#include "tools/cloud/api_answers.hpp"
#include "tools/cloud/console_api.hpp"

#include <httplib.h>

namespace tier2::cloud {

namespace {

constexpr const char* cookie_attributes = "; Path=/; Secure; HttpOnly; SameSite=Strict";

void set_cookie(httplib::Response& answer, const std::string& token, const char* age) {
  answer.set_header("Set-Cookie",
                    std::string{session_cookie_name} + "=" + token + cookie_attributes + "; Max-Age=" + age);
}

void refuse(httplib::Response& answer, const sign_in::refusal& refused) {
  using why = sign_in::refusal::reason;
  const auto seconds = refused.wait.count();
  if (seconds > 0) answer.set_header("Retry-After", std::to_string(seconds));
  switch (refused.why) {
  case why::wrong:
    return send_error(answer, 401, "unauthorised", "This name and password do not fit together.");
  case why::too_many:
    return send_error(answer, 429, "too_many",
                      "There were too many wrong passwords. Try again in " +
                          std::to_string((seconds + 59) / 60) + " minutes.");
  case why::busy:
    return send_error(answer, 429, "busy", "Too many people are signing in at this moment. Try again.");
  case why::broken:
    return send_error(answer, 503, "io_failed", "The server's database does not answer; its log says why.");
  }
}

void enter(sign_in& entrance, const httplib::Request& request, httplib::Response& answer) {
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  const auto text = [&](const char* member) -> std::optional<std::string> {
    if (!body.is_object()) return std::nullopt;
    const auto found = body.find(member);
    if (found == body.end() || !found->is_string() || found->get_ref<const std::string&>().size() > 1000)
      return std::nullopt;
    return found->get<std::string>();
  };
  const auto name = text("name");
  const auto password = text("password");
  if (!name || !password)
    return send_error(answer, 400, "malformed", "Signing in takes {\"name\", \"password\"}.");
  const auto token = entrance.enter(*name, *password, request.remote_addr);
  if (!token) return refuse(answer, token.error());
  set_cookie(answer, *token, "43200");
  send_json(answer, {{"name", *name}});
}

} // namespace

void add_session_routes(api_router& router, const api_parts& parts) {
  using request = httplib::Request;
  using response = httplib::Response;
  auto& entrance = parts.entrance;
  router.post("/api/v1/session", scope::nobody,
              [&entrance](const request& from, response& answer, const principal&) {
                enter(entrance, from, answer);
              });
  router.get(
      "/api/v1/session", scope::session_only,
      [](const request&, response& answer, const principal& who) { send_json(answer, {{"name", who.who}}); });
  router.remove("/api/v1/session", scope::nobody,
                [&entrance](const request& from, response& answer, const principal&) {
                  entrance.leave(session_cookie(from));
                  set_cookie(answer, "", "0");
                  answer.status = 204;
                });
}

} // namespace tier2::cloud
