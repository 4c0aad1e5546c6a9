#include "messages/alert.hpp"

namespace tier2 {

std::string_view to_string(alert_severity severity) {
  switch (severity) {
  case alert_severity::info:
    return "info";
  case alert_severity::warning:
    return "warning";
  case alert_severity::error:
    return "error";
  case alert_severity::critical:
    return "critical";
  }
  return "warning";
}

result<alert_severity> parse_alert_severity(std::string_view word) {
  for (const auto each :
       {alert_severity::info, alert_severity::warning, alert_severity::error, alert_severity::critical})
    if (to_string(each) == word) return each;
  return fail(errc::malformed, "A severity is info, warning, error or critical.");
}

} // namespace tier2
