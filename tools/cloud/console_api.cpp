#include "tools/cloud/console_api.hpp"

#include "platform/pages/assets.hpp"
#include "tools/cloud/api_answers.hpp"

#include <httplib.h>

namespace tier2::pages {
std::span<const asset> api_documents();
}

namespace tier2::cloud {

std::optional<std::string> console_api::who(const httplib::Request& request) const {
  return parts_.entrance.who(session_cookie(request));
}

void add_routes(api_router& router, const api_parts& parts) {
  add_session_routes(router, parts);
  add_ticket_routes(router, parts);
  add_retention_routes(router, parts);
  add_command_routes(router, parts);
  add_output_routes(router, parts);
  add_agent_routes(router, parts);
  add_alert_routes(router, parts);
  add_record_routes(router, parts);
  router.get("/api/v1/openapi.json", scope::nobody,
             [](const httplib::Request&, httplib::Response& answer, const principal&) {
               const auto* found = pages::find(pages::api_documents(), "openapi.json");
               answer.set_content(found->body.data(), found->body.size(), "application/json");
             });
}

void console_api::serve(httplib::Server& server, const std::string& public_url) {
  router_ = std::make_unique<api_router>(server, parts_.entrance, parts_.tokens, parts_.now, public_url);
  add_routes(*router_, parts_);
  server.set_error_handler([](const httplib::Request& from, httplib::Response& answer) {
    if (!answer.body.empty() || answer.content_length_ != 0 || answer.status == 304) return;
    if (from.path.starts_with("/api/"))
      send_error(answer, answer.status, "not_found", "There is nothing here that answers this request.");
    else
      answer.set_content("There is no such page here. The tickets are at /tickets.\n",
                         "text/plain; charset=utf-8");
  });
}

} // namespace tier2::cloud
