#include "tools/cloud/api_answers.hpp"

#include <httplib.h>

namespace tier2::cloud {

namespace {
constexpr std::uint32_t most_rows = 200;
constexpr std::uint32_t usual_rows = 50;
} // namespace

void send_json(httplib::Response& answer, const ordered_json& body, int status) {
  answer.status = status;
  answer.set_content(body.dump(-1, ' ', false, ordered_json::error_handler_t::replace), "application/json");
}

void send_error(httplib::Response& answer, int status, std::string_view code, std::string_view message) {
  send_json(answer, {{"error", code}, {"message", message}}, status);
}

void send_error(httplib::Response& answer, const error& why) {
  int status = 503;
  if (why.code == errc::not_found) status = 404;
  if (why.code == errc::malformed) status = 422;
  if (why.code == errc::invalid_argument || why.code == errc::too_large) status = 400;
  send_error(answer, status, to_string(why.code), why.what);
}

std::optional<std::uint32_t> list_limit(const httplib::Request& request, httplib::Response& answer) {
  if (!request.has_param("limit")) return usual_rows;
  const auto value = to_number<std::uint32_t>(request.get_param_value("limit"));
  if (value && *value >= 1 && *value <= most_rows) return value;
  send_error(answer, 400, "invalid_argument", "limit is a number from 1 to 200.");
  return std::nullopt;
}

std::optional<std::int64_t> number_before(const httplib::Request& request, httplib::Response& answer) {
  if (!request.has_param("before")) return 0;
  const auto value = to_number<std::int64_t>(request.get_param_value("before"));
  if (value && *value >= 1) return value;
  send_error(answer, 400, "invalid_argument", "before is the \"next\" of the list before, as it was.");
  return std::nullopt;
}

std::optional<uuid> path_id(const httplib::Request& request, httplib::Response& answer, std::size_t match) {
  const auto id = parse_uuid(request.matches[match].str());
  if (id) return *id;
  send_error(answer, 404, "not_found", "There is nothing with this id.");
  return std::nullopt;
}

} // namespace tier2::cloud
