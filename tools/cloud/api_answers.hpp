#pragma once

#include "messages/error.hpp"
#include "messages/uuid.hpp"

#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace httplib {
struct Request;
struct Response;
} // namespace httplib

namespace tier2::cloud {

using ordered_json = nlohmann::ordered_json;

void send_json(httplib::Response& answer, const ordered_json& body, int status = 200);
/// `{"error": "<code>", "message": "<sentence>"}`
void send_error(httplib::Response& answer, int status, std::string_view code, std::string_view message);
/// not_found 404, malformed 422, invalid_argument and too_large 400, all else 503.
void send_error(httplib::Response& answer, const error& why);

template <class T>
std::optional<T> to_number(const std::string& text) {
  T value{};
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (wrong != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// `limit` (1 to 200, 50 when it is missing) of a list; nothing when it was answered with 400.
std::optional<std::uint32_t> list_limit(const httplib::Request& request, httplib::Response& answer);
/// `before` of a list whose cursor is a number; 0 when it is missing.
std::optional<std::int64_t> number_before(const httplib::Request& request, httplib::Response& answer);
/// The id in the path at this place; nothing when it was answered with 404.
std::optional<uuid> path_id(const httplib::Request& request, httplib::Response& answer, std::size_t match);

} // namespace tier2::cloud
