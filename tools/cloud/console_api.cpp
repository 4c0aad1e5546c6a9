#include "tools/cloud/console_api.hpp"

#include "messages/wire/manifest.hpp"
#include "tools/cloud/ticket_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <httplib.h>
#include <nlohmann/json.hpp>

namespace tier2::cloud {

namespace {

constexpr std::string_view cookie_name = "__Host-tier2";
constexpr const char* cookie_attributes = "; Path=/; Secure; HttpOnly; SameSite=Strict";
constexpr std::uint32_t most_rows = 500;
constexpr std::size_t longest_query = 200;

void send_error(httplib::Response& answer, int status, std::string_view code, std::string_view message) {
  answer.status = status;
  answer.set_content(error_json(code, message), "application/json");
}

void send_error(httplib::Response& answer, const error& why) {
  const int status = why.code == errc::not_found ? 404 : why.code == errc::malformed ? 422 : 503;
  send_error(answer, status, to_string(why.code), why.what);
}

std::string session_cookie(const httplib::Request& request) {
  const std::string cookies = request.get_header_value("Cookie");
  std::string_view rest{cookies};
  while (!rest.empty()) {
    const auto end = rest.find(';');
    std::string_view one = rest.substr(0, end);
    while (one.starts_with(' '))
      one.remove_prefix(1);
    const auto equals = one.find('=');
    if (equals != std::string_view::npos && one.substr(0, equals) == cookie_name)
      return std::string{one.substr(equals + 1)};
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return {};
}

template <class T>
std::optional<T> to_number(const std::string& text) {
  T value{};
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (wrong != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

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

void send_file(httplib::Response& answer, const std::string& path, const ticket_part& part) {
  auto file = std::make_shared<std::ifstream>(path, std::ios::binary);
  if (!*file) {
    send_error(answer, 404, "not_found", "The content of this part is missing on the server's disk.");
    return;
  }
  const auto headers = headers_for(part);
  answer.set_header("Content-Disposition", headers.content_disposition);
  answer.set_header("Content-Security-Policy", "default-src 'none'; sandbox");
  if (part.bytes == 0) {
    answer.set_content("", headers.content_type);
    return;
  }
  answer.set_content_provider(
      static_cast<std::size_t>(part.bytes), headers.content_type,
      [file](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        std::array<char, 64U << 10U> buffer{};
        file->seekg(static_cast<std::streamoff>(offset));
        file->read(buffer.data(), static_cast<std::streamsize>(std::min(length, buffer.size())));
        return file->gcount() > 0 && sink.write(buffer.data(), static_cast<std::size_t>(file->gcount()));
      });
}

} // namespace

std::optional<std::string> console_api::who(const httplib::Request& request) const {
  return entrance_.who(session_cookie(request));
}

bool console_api::from_our_pages(const httplib::Request& request, httplib::Response& answer) const {
  if (request.get_header_value("Origin") != public_url_) {
    send_error(answer, 403, "refused",
               "This request does not come from the console's own pages (" + public_url_ +
                   "); nothing was changed.");
    return false;
  }
  const std::string type = request.get_header_value("Content-Type");
  if (type == "application/json" || type.starts_with("application/json;")) return true;
  send_error(answer, 415, "unsupported", "The content type must be application/json.");
  return false;
}

void console_api::serve(httplib::Server& server, const std::string& public_url) {
  public_url_ = public_url;
  using request = httplib::Request;
  using response = httplib::Response;
  const auto with_session = [this](auto handler) {
    return [this, handler](const request& from, response& answer) {
      if (who(from))
        (this->*handler)(from, answer);
      else
        send_error(answer, 401, "unauthorised",
                   "Nobody is signed in, or the session is over. Sign in again.");
    };
  };
  server.Post("/api/v1/session", [this](const request& from, response& answer) { enter(from, answer); });
  server.Get("/api/v1/session", [this](const request& from, response& answer) {
    const auto name = who(from);
    if (name)
      answer.set_content(nlohmann::json{{"name", *name}}.dump(), "application/json");
    else
      send_error(answer, 401, "unauthorised", "Nobody is signed in, or the session is over. Sign in again.");
  });
  server.Delete("/api/v1/session", [this](const request& from, response& answer) {
    if (!from_our_pages(from, answer)) return;
    entrance_.leave(session_cookie(from));
    answer.set_header("Set-Cookie", std::string{cookie_name} + "=" + cookie_attributes + "; Max-Age=0");
    answer.status = 204;
  });
  server.Get("/api/v1/tickets", with_session(&console_api::list));
  server.Get(R"(/api/v1/tickets/(\d{1,15}))", with_session(&console_api::ticket));
  server.Get(R"(/api/v1/tickets/(\d{1,15})/parts/(\d{1,9}))", with_session(&console_api::part));
  server.set_error_handler([](const request& from, response& answer) {
    if (!answer.body.empty() || answer.content_length_ != 0 || answer.status == 304) return;
    if (from.path.starts_with("/api/"))
      send_error(answer, answer.status, "not_found", "There is nothing here that answers this request.");
    else
      answer.set_content("There is no such page here. The tickets are at /tickets.\n",
                         "text/plain; charset=utf-8");
  });
}

void console_api::enter(const httplib::Request& request, httplib::Response& answer) const {
  if (!from_our_pages(request, answer)) return;
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
  if (!name || !password) {
    send_error(answer, 400, "malformed", "Signing in takes {\"name\", \"password\"}.");
    return;
  }
  const auto token = entrance_.enter(*name, *password, request.remote_addr);
  if (token) {
    answer.set_header("Set-Cookie",
                      std::string{cookie_name} + "=" + *token + cookie_attributes + "; Max-Age=43200");
    answer.set_content(nlohmann::json{{"name", *name}}.dump(), "application/json");
    return;
  }
  using why = sign_in::refusal::reason;
  switch (token.error().why) {
  case why::wrong:
    send_error(answer, 401, "unauthorised", "This name and password do not fit together.");
    return;
  case why::too_many: {
    const auto seconds = token.error().wait.count();
    answer.set_header("Retry-After", std::to_string(seconds));
    send_error(answer, 429, "too_many",
               "There were too many wrong passwords. Try again in " + std::to_string((seconds + 59) / 60) +
                   " minutes.");
    return;
  }
  case why::busy:
    send_error(answer, 503, "unavailable", "Too many people are signing in at this moment. Try again.");
    return;
  case why::broken:
    send_error(answer, 503, "io_failed", "The server's database does not answer; its log says why.");
    return;
  }
}

void console_api::list(const httplib::Request& request, httplib::Response& answer) const {
  const auto query = parse_query(request);
  if (!query) return send_error(answer, 400, to_string(query.error().code), query.error().what);
  const auto found = tickets_.list(*query);
  if (!found) return send_error(answer, found.error());
  answer.set_content(to_json(*found), "application/json");
}

void console_api::ticket(const httplib::Request& request, httplib::Response& answer) const {
  const auto number = to_number<std::int64_t>(request.matches[1].str()).value_or(0);
  const auto found = tickets_.get(number);
  if (!found) return send_error(answer, found.error());
  const auto manifest = wire::decode_manifest(found->manifest_bytes);
  if (!manifest) return send_error(answer, manifest.error());
  answer.set_content(to_json(*found, *manifest), "application/json");
}

void console_api::part(const httplib::Request& request, httplib::Response& answer) const {
  const auto number = to_number<std::int64_t>(request.matches[1].str()).value_or(0);
  const auto which = to_number<std::uint32_t>(request.matches[2].str()).value_or(0);
  const auto found = tickets_.part(number, which);
  if (!found) return send_error(answer, found.error());
  send_file(answer, content_.path(found->blake2b), *found);
}

} // namespace tier2::cloud
