#pragma once

#include "tools/cloud/api_token_store.hpp"
#include "tools/cloud/sign_in.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace httplib {
class Server;
struct Request;
struct Response;
} // namespace httplib

namespace tier2::cloud {

/// Who asks: an operator with a session, or a program with a token.
struct principal {
  std::string who; ///< The operator's name, or "token:NAME".
  bool session{};
  std::vector<std::string> scopes;
  /// Whether the same request would be let in now: for answers that last. From any thread.
  std::function<bool()> still_allowed{};
  bool may(std::string_view scope) const;
};

/// What a route asks of who calls it.
namespace scope {
inline constexpr std::string_view nobody = "";           ///< Open to all.
inline constexpr std::string_view session_only = "only"; ///< An operator's session, no token.
} // namespace scope

/// Adds routes under /api/v1 to the server: who asks is known and allowed before a handler runs, what changes
/// something has the form that no other site's page can send, and each route is on a list that a test
/// compares with the OpenAPI document.
class api_router {
public:
  using handler = std::function<void(const httplib::Request&, httplib::Response&, const principal&)>;
  struct route {
    std::string method, path; ///< The path as in OpenAPI: /api/v1/commands/{id}
  };

  api_router(httplib::Server& server, sign_in& entrance, api_token_store& tokens,
             std::function<wall_time()> now, std::string public_url)
      : server_{server}, entrance_{entrance}, tokens_{tokens}, now_{std::move(now)},
        public_url_{std::move(public_url)} {}

  /// `path` may hold {id} and {agent} (UUIDs), {number}, {part} (digits) and {stream} (stdout or stderr),
  /// which are the request's `matches` from 1 on.
  void get(const std::string& path, std::string_view scope, handler run);
  void post(const std::string& path, std::string_view scope, handler run);
  void remove(const std::string& path, std::string_view scope, handler run);
  const std::vector<route>& routes() const { return routes_; }

private:
  /// False when the request was answered already.
  bool admit(const httplib::Request& request, httplib::Response& answer, std::string_view scope, bool changes,
             principal& who) const;
  std::optional<principal> identify(const httplib::Request& request) const;
  std::function<void(const httplib::Request&, httplib::Response&)> guarded(std::string_view scope,
                                                                           bool changes, handler run) const;

  httplib::Server& server_;
  sign_in& entrance_;
  api_token_store& tokens_;
  std::function<wall_time()> now_;
  std::string public_url_;
  std::vector<route> routes_;
};

inline constexpr std::string_view session_cookie_name = "__Host-tier2";
/// The token of the session cookie, or empty.
std::string session_cookie(const httplib::Request& request);

} // namespace tier2::cloud
