#include "tools/cloud/api_router.hpp"

#include "platform/crypto/digest.hpp"
#include "tools/cloud/api_answers.hpp"

#include <algorithm>
#include <array>
#include <httplib.h>
#include <spdlog/spdlog.h>

namespace tier2::cloud {

namespace {

constexpr std::size_t token_text_bytes = 43;

/// The path with each {name} as a group of a regular expression.
std::string pattern_of(std::string path) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> groups{
      {{"{id}", "([0-9a-f-]{36})"},
       {"{agent}", "([0-9a-f-]{36})"},
       {"{number}", R"((\d{1,15}))"},
       {"{part}", R"((\d{1,9}))"},
       {"{stream}", "(stdout|stderr)"}}};
  for (std::size_t at = path.find('.'); at != std::string::npos; at = path.find('.', at + 2))
    path.insert(at, "\\");
  for (const auto& [name, group] : groups)
    if (const auto at = path.find(name); at != std::string::npos) path.replace(at, name.size(), group);
  return path;
}

} // namespace

bool principal::may(std::string_view scope) const {
  return session || std::ranges::find(scopes, scope) != scopes.end();
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
    if (equals != std::string_view::npos && one.substr(0, equals) == session_cookie_name)
      return std::string{one.substr(equals + 1)};
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return {};
}

std::optional<principal> api_router::identify(const httplib::Request& request) const {
  if (!request.has_header("Authorization")) {
    const std::string session = session_cookie(request);
    const auto name = entrance_.who(session);
    if (!name) return std::nullopt;
    return principal{*name, true, {}, [this, session] { return entrance_.is_open(session); }};
  }
  const std::string given = request.get_header_value("Authorization");
  const std::string_view word = "Bearer ";
  if (given.size() != word.size() + token_text_bytes || !given.starts_with(word)) return std::nullopt;
  const digest token = blake2b_256(std::string_view{given}.substr(word.size()));
  const auto found = tokens_.use_token(token, now_());
  if (!found) spdlog::error("A token could not be looked up: {}", found.error().what);
  if (!found || !*found) return std::nullopt;
  return principal{"token:" + (*found)->name, false, (*found)->scopes, [this, token] {
                     const auto still = tokens_.use_token(token, now_());
                     return still && still->has_value(); // its scopes never change
                   }};
}

bool api_router::admit(const httplib::Request& request, httplib::Response& answer, std::string_view scope,
                       bool changes, principal& who) const {
  if (scope != scope::nobody) {
    auto known = identify(request);
    if (!known) {
      const bool token = request.has_header("Authorization");
      if (token) answer.set_header("WWW-Authenticate", "Bearer");
      send_error(answer, 401, "unauthorised",
                 token ? "This token is not one of ours, or it is expired or revoked."
                       : "Nobody is signed in, or the session is over. Sign in again.");
      return false;
    }
    if (scope == scope::session_only && !known->session) {
      send_error(answer, 403, "forbidden", "Only a signed-in operator can do this, a token cannot.");
      return false;
    }
    if (scope != scope::session_only && !known->may(scope)) {
      send_error(answer, 403, "forbidden", "This token lacks the scope " + std::string{scope} + ".");
      return false;
    }
    who = std::move(*known);
  }
  if (!changes) return true;
  const bool by_page = who.session || scope == scope::nobody;
  if (by_page && request.get_header_value("Origin") != public_url_) {
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

std::function<void(const httplib::Request&, httplib::Response&)>
api_router::guarded(std::string_view scope, bool changes, handler run) const {
  return [this, scope, changes, run = std::move(run)](const httplib::Request& request,
                                                      httplib::Response& answer) {
    principal who;
    if (admit(request, answer, scope, changes, who)) run(request, answer, who);
  };
}

void api_router::get(const std::string& path, std::string_view scope, handler run) {
  routes_.push_back({"get", path});
  server_.Get(pattern_of(path), guarded(scope, false, std::move(run)));
}

void api_router::post(const std::string& path, std::string_view scope, handler run) {
  routes_.push_back({"post", path});
  server_.Post(pattern_of(path), guarded(scope, true, std::move(run)));
}

void api_router::remove(const std::string& path, std::string_view scope, handler run) {
  routes_.push_back({"delete", path});
  server_.Delete(pattern_of(path), guarded(scope, true, std::move(run)));
}

} // namespace tier2::cloud
