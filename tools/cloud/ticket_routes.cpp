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

void one(ticket_store& tickets, const httplib::Request& request, httplib::Response& answer) {
  const auto number = to_number<std::int64_t>(request.matches[1].str()).value_or(0);
  const auto found = tickets.get(number);
  if (!found) return send_error(answer, found.error());
  const auto manifest = wire::decode_manifest(found->manifest_bytes);
  if (!manifest) return send_error(answer, manifest.error());
  answer.set_content(to_json(*found, *manifest), "application/json");
}

void part(const api_parts& parts, const httplib::Request& request, httplib::Response& answer) {
  const auto number = to_number<std::int64_t>(request.matches[1].str()).value_or(0);
  const auto which = to_number<std::uint32_t>(request.matches[2].str()).value_or(0);
  const auto found = parts.tickets.part(number, which);
  if (!found) return send_error(answer, found.error());
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
             [&parts](const request& from, response& answer, const principal&) {
               one(parts.tickets, from, answer);
             });
  router.get(
      "/api/v1/tickets/{number}/parts/{part}", scope,
      [&parts](const request& from, response& answer, const principal&) { part(parts, from, answer); });
}

} // namespace tier2::cloud
