// Who did what.
#include "messages/wire/manifest.hpp"
#include "tools/cloud/api_answers.hpp"
#include "tools/cloud/console_api.hpp"

#include <httplib.h>

namespace tier2::cloud {

namespace {

ordered_json to_json(const audit_row& row) {
  return {{"seq", row.seq},          {"at", wire::to_rfc3339(row.at)}, {"who", row.what.who},
          {"event", row.what.event}, {"subject", row.what.subject},    {"detail", row.what.detail},
          {"hash", row.hash}};
}

} // namespace

void add_record_routes(api_router& router, const api_parts& parts) {
  router.get("/api/v1/audit", "audit:read",
             [&parts](const httplib::Request& request, httplib::Response& answer, const principal&) {
               const auto limit = list_limit(request, answer);
               if (!limit) return;
               const auto before = number_before(request, answer);
               if (!before) return;
               auto found = parts.audit.list(*limit + 1, *before);
               if (!found) return send_error(answer, found.error());
               const bool more = found->size() > *limit;
               if (more) found->resize(*limit);
               auto items = ordered_json::array();
               for (const auto& each : *found)
                 items.push_back(to_json(each));
               ordered_json value{{"items", std::move(items)}};
               if (more) value["next"] = std::to_string(found->back().seq);
               send_json(answer, value);
             });
}

} // namespace tier2::cloud
