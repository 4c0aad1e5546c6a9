#include "tools/cloud/api_answers.hpp"
#include "tools/cloud/console_api.hpp"
#include "tools/cloud/file_answer.hpp"
#include "tools/cloud/output_events.hpp"
#include "tools/cloud/stream_ending.hpp"

#include <httplib.h>
#include <spdlog/spdlog.h>

namespace tier2::cloud {

using namespace std::chrono_literals;

namespace {

constexpr auto heartbeat_every = 15s;
constexpr auto allowed_every = 1s; ///< How often it is asked at most whether the listener still may.

/// One listener's stream; lives as long as the answer.
struct event_stream {
  event_stream(const api_parts& parts, const uuid& command, std::optional<uuid> agent, event_position from,
               std::function<bool()> still)
      : listener{parts.bell, command}, events{parts, command, agent, from}, still_allowed{std::move(still)} {}

  command_bell::listener listener;
  output_events events;
  std::function<bool()> still_allowed;
  std::chrono::steady_clock::time_point asked{std::chrono::steady_clock::now()};

  /// The token may be revoked meanwhile, the session over.
  bool may_go_on() {
    const auto now = std::chrono::steady_clock::now();
    if (now - asked < allowed_every) return true;
    asked = now;
    return still_allowed();
  }

  bool send_more(httplib::DataSink& sink) {
    const auto seen = listener.now();
    const auto piece = events.next();
    if (!piece) {
      spdlog::error("A stream of output ends early: {}", piece.error().what);
      return false; // the client comes back with the id of the last event
    }
    if (!may_go_on()) return false;
    if (!piece->text.empty() && !sink.write(piece->text.data(), piece->text.size())) return false;
    if (piece->end) {
      sink.done();
      return true;
    }
    if (!piece->text.empty()) return true;
    const auto stop = stream_ending();
    if (listener.wait(seen, heartbeat_every, stop)) return true;
    if (stop.stop_requested() || !may_go_on()) return false;
    constexpr std::string_view heartbeat = ": still here\n\n";
    return sink.write(heartbeat.data(), heartbeat.size());
  }
};

std::optional<event_position> start_of(const httplib::Request& request) {
  const std::string last = request.has_header("Last-Event-ID") ? request.get_header_value("Last-Event-ID")
                                                               : request.get_param_value("last_event_id");
  return last.empty() ? event_position{} : parse_event_position(last);
}

void stream(const api_parts& parts, const httplib::Request& request, httplib::Response& answer,
            const principal& who) {
  const auto id = path_id(request, answer, 1);
  if (!id) return;
  const auto from = start_of(request);
  if (!from)
    return send_error(answer, 400, "invalid_argument",
                      "Last-Event-ID is the id of the last event that was received, as it was.");
  std::optional<uuid> agent;
  if (request.has_param("agent")) {
    const auto named = parse_uuid(request.get_param_value("agent"));
    if (!named) return send_error(answer, 400, "invalid_argument", "agent is an agent's id.");
    agent = *named;
    const auto found = parts.commands.find(*id, *agent);
    if (!found) return send_error(answer, found.error());
    if (!*found)
      return send_error(answer, 404, "not_found",
                        "There is no such command, or it was not for this machine.");
  } else if (const auto found = parts.commands.exists(*id); !found || !*found) {
    return found ? send_error(answer, 404, "not_found", "There is no command " + to_string(*id) + ".")
                 : send_error(answer, found.error());
  }
  auto told = std::make_shared<event_stream>(parts, *id, agent, *from, who.still_allowed);
  answer.set_header("X-Accel-Buffering", "no"); // a proxy before us must not collect events
  answer.set_chunked_content_provider(
      "text/event-stream", [told](std::size_t, httplib::DataSink& sink) { return told->send_more(sink); });
}

void file(const api_parts& parts, const httplib::Request& request, httplib::Response& answer) {
  const auto id = path_id(request, answer, 1);
  if (!id) return;
  const auto agent = path_id(request, answer, 2);
  if (!agent) return;
  const auto which = request.matches[3].str() == "stdout" ? output_stream::out : output_stream::err;
  const auto found = parts.commands.find(*id, *agent);
  if (!found) return send_error(answer, found.error());
  if (!*found)
    return send_error(answer, 404, "not_found", "There is no such command, or it was not for this machine.");
  const std::string name = to_string(*id) + "." + to_string(*agent) + "." + std::string{to_string(which)};
  send_file(request, answer, parts.output.path(*id, *agent, which),
            (*found)->received.at(static_cast<std::size_t>(which)),
            {"application/octet-stream", "attachment; filename=\"" + name + "\""});
}

} // namespace

void add_output_routes(api_router& router, const api_parts& parts) {
  using request = httplib::Request;
  using response = httplib::Response;
  router.get("/api/v1/commands/{id}/output", "commands:read",
             [&parts](const request& from, response& answer, const principal& who) {
               stream(parts, from, answer, who);
             });
  router.get(
      "/api/v1/commands/{id}/agents/{agent}/{stream}", "commands:read",
      [&parts](const request& from, response& answer, const principal&) { file(parts, from, answer); });
}

} // namespace tier2::cloud
