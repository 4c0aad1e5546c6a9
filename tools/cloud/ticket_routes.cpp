#include "messages/wire/manifest.hpp"
#include "tools/cloud/api_answers.hpp"
#include "tools/cloud/console_api.hpp"
#include "tools/cloud/file_answer.hpp"
#include "tools/cloud/ticket_json.hpp"

#include <array>
#include <httplib.h>

namespace tier2::cloud {

namespace {

constexpr std::uint32_t most_rows = 500;
constexpr std::size_t longest_query = 200;

std::optional<ticket_query::order> parse_order(const std::string& text) {
  constexpr std::array<std::pair<std::string_view, ticket_query::order>, 5> names{
      {{"received", ticket_query::order::received},
       {"number", ticket_query::order::number},
       {"machine", ticket_query::order::host},
       {"name", ticket_query::order::name},
       {"urgency", ticket_query::order::urgency}}};
  for (const auto& [name, order] : names)
    if (name == text) return order;
  return std::nullopt;
}

result<ticket_query> parse_query(const httplib::Request& request) {
  ticket_query query;
  query.text = request.get_param_value("q");
  query.host = request.get_param_value("machine");
  query.urgency = request.get_param_value("urgency");
  if (query.text.size() > longest_query || query.host.size() > 255 || query.urgency.size() > 20)
    return fail(errc::too_large, "A search has at most 200 characters.");
  if (request.has_param("sort")) {
    const auto order = parse_order(request.get_param_value("sort"));
    if (!order)
      return fail(errc::invalid_argument, "sort is one of received, number, machine, name, urgency.");
    query.by = *order;
  }
  if (request.has_param("order")) {
    const std::string order = request.get_param_value("order");
    if (order != "asc" && order != "desc") return fail(errc::invalid_argument, "order is asc or desc.");
    query.descending = order == "desc";
  }
  query.agent = request.get_param_value("agent");
  query.user = request.get_param_value("user");
  if (query.agent.size() > 36 || query.user.size() > 255)
    return fail(errc::too_large, "An agent's id has 36 characters, a user's name at most 255.");
  if (request.has_param("since")) {
    const auto since = wire::parse_rfc3339(request.get_param_value("since"));
    if (!since) return fail(errc::invalid_argument, "since is a time like 2026-01-02T03:04:05Z.");
    query.since = *since;
  }
  for (const auto& [name, into, most] : {std::tuple{"limit", &query.limit, most_rows},
                                         std::tuple{"offset", &query.offset, std::uint32_t{1000000000}}}) {
    if (!request.has_param(name)) continue;
    const auto value = to_number<std::uint32_t>(request.get_param_value(name));
    if (!value || *value > most)
      return fail(errc::invalid_argument,
                  std::string{name} + " is a number up to " + std::to_string(most) + ".");
    *into = *value;
  }
  return query;
}

void list(ticket_store& tickets, const httplib::Request& request, httplib::Response& answer) {
  const auto query = parse_query(request);
  if (!query) return send_error(answer, query.error());
  const auto found = tickets.list(*query);
  if (!found) return send_error(answer, found.error());
  answer.set_content(to_json(*found), "application/json");
}

std::int64_t number_of(const httplib::Request& request) {
  return to_number<std::int64_t>(request.matches[1].str()).value_or(0);
}

ordered_json to_value(const deleted_ticket& gone) {
  return {{"number", gone.number},
          {"at", wire::to_rfc3339(gone.deleted)},
          {"by", gone.by},
          {"after_days", gone.after_days}};
}

/// 410 for a ticket that was here once, else the error as it is.
void send_missing(ticket_store& tickets, httplib::Response& answer, std::int64_t number, const error& why) {
  if (why.code != errc::not_found) return send_error(answer, why);
  const auto gone = tickets.deleted(number);
  if (!gone || !*gone) return send_error(answer, why);
  const auto& one = **gone;
  const std::string how =
      one.after_days == 0 ? "by " + one.by : "after " + std::to_string(one.after_days) + " days";
  send_json(answer,
            {{"error", "deleted"},
             {"message", "Ticket " + std::to_string(number) + " was deleted at " +
                             wire::to_rfc3339(one.deleted) + " " + how + "; nothing of it is left here."},
             {"deleted", to_value(one)}},
            410);
}

void one(const api_parts& parts, const httplib::Request& request, httplib::Response& answer) {
  const auto number = number_of(request);
  const auto found = parts.tickets.get(number);
  if (!found) return send_missing(parts.tickets, answer, number, found.error());
  const auto manifest = wire::decode_manifest(found->manifest_bytes);
  if (!manifest) return send_error(answer, manifest.error());
  const auto until = parts.retention.kept_until(number);
  if (!until) return send_error(answer, until.error());
  answer.set_content(to_json(*found, *manifest, *until), "application/json");
}

/// The very bytes that the consent is about, so that anybody can check its digest.
void manifest(const api_parts& parts, const httplib::Request& request, httplib::Response& answer) {
  const auto number = number_of(request);
  const auto found = parts.tickets.get(number);
  if (!found) return send_missing(parts.tickets, answer, number, found.error());
  answer.set_header("Content-Disposition",
                    "attachment; filename=\"manifest-" + std::to_string(number) + ".json\"");
  answer.set_header("Content-Security-Policy", "default-src 'none'; sandbox");
  answer.set_content(found->manifest_bytes, "application/octet-stream");
}

void remove(const api_parts& parts, const httplib::Request& request, httplib::Response& answer,
            const principal& who) {
  const auto gone = parts.remove_ticket(number_of(request), who.who);
  if (!gone) return send_error(answer, gone.error());
  send_json(answer, to_value(*gone));
}

void part(const api_parts& parts, const httplib::Request& request, httplib::Response& answer) {
  const auto number = number_of(request);
  const auto which = to_number<std::uint32_t>(request.matches[2].str()).value_or(0);
  const auto found = parts.tickets.part(number, which);
  if (!found) return send_missing(parts.tickets, answer, number, found.error());
  const auto headers = headers_for(*found);
  send_file(request, answer, parts.content.path(found->blake2b), found->bytes,
            {headers.content_type, headers.content_disposition});
}

} // namespace

void add_ticket_routes(api_router& router, const api_parts& parts) {
  using request = httplib::Request;
  using response = httplib::Response;
  constexpr std::string_view scope = "tickets:read";
  router.get("/api/v1/tickets", scope, [&parts](const request& from, response& answer, const principal&) {
    list(parts.tickets, from, answer);
  });
  router.get("/api/v1/tickets/{number}", scope,
             [&parts](const request& from, response& answer, const principal&) { one(parts, from, answer); });
  router.get(
      "/api/v1/tickets/{number}/manifest", scope,
      [&parts](const request& from, response& answer, const principal&) { manifest(parts, from, answer); });
  router.remove("/api/v1/tickets/{number}", "tickets:write",
                [&parts](const request& from, response& answer, const principal& who) {
                  remove(parts, from, answer, who);
                });
  router.get(
      "/api/v1/tickets/{number}/parts/{part}", scope,
      [&parts](const request& from, response& answer, const principal&) { part(parts, from, answer); });
}

} // namespace tier2::cloud
