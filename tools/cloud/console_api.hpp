#pragma once

#include "tools/cloud/content_store.hpp"
#include "tools/cloud/sign_in.hpp"
#include "tools/cloud/ticket_store.hpp"

#include <optional>
#include <string>

namespace httplib {
class Server;
struct Request;
struct Response;
} // namespace httplib

namespace tier2::cloud {

/// REST under /api/v1 (README.md has the table). Everything but signing in needs a session; what changes
/// something needs the console's own Origin and a JSON content type, which no other site's page can send.
class console_api {
public:
  console_api(sign_in& entrance, ticket_store& tickets, content_store content)
      : entrance_{entrance}, tickets_{tickets}, content_{std::move(content)} {}

  /// Adds the routes.
  void serve(httplib::Server& server, const std::string& public_url);
  /// The operator who asks, by the session cookie.
  std::optional<std::string> who(const httplib::Request& request) const;

private:
  void enter(const httplib::Request& request, httplib::Response& answer) const;
  void list(const httplib::Request& request, httplib::Response& answer) const;
  void ticket(const httplib::Request& request, httplib::Response& answer) const;
  void part(const httplib::Request& request, httplib::Response& answer) const;
  bool from_our_pages(const httplib::Request& request, httplib::Response& answer) const;

  sign_in& entrance_;
  ticket_store& tickets_;
  content_store content_;
  std::string public_url_;
};

} // namespace tier2::cloud
