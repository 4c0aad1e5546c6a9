#pragma once

#include "tools/cloud/api_parts.hpp"
#include "tools/cloud/api_router.hpp"

#include <memory>
#include <optional>
#include <string>

namespace tier2::cloud {

/// REST under /api/v1 (README.md has the table, openapi.json the contract).
class console_api {
public:
  explicit console_api(api_parts parts) : parts_{std::move(parts)} {}

  /// Adds the routes.
  void serve(httplib::Server& server, const std::string& public_url);
  /// The operator who asks, by the session cookie.
  std::optional<std::string> who(const httplib::Request& request) const;

private:
  api_parts parts_;
  std::unique_ptr<api_router> router_;
};

/// All routes, for `console_api` and for the test that compares them with openapi.json.
void add_routes(api_router& router, const api_parts& parts);

// One function a file.
void add_session_routes(api_router& router, const api_parts& parts);
void add_ticket_routes(api_router& router, const api_parts& parts);
void add_retention_routes(api_router& router, const api_parts& parts);
void add_command_routes(api_router& router, const api_parts& parts);
void add_output_routes(api_router& router, const api_parts& parts);
void add_agent_routes(api_router& router, const api_parts& parts);
void add_alert_routes(api_router& router, const api_parts& parts);
void add_record_routes(api_router& router, const api_parts& parts);

} // namespace tier2::cloud
