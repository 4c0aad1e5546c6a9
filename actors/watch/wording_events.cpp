#include "actors/watch/wording.hpp"
#include "actors/watch/wording_parts.hpp"
#include "messages/printable.hpp"
#include "messages/wire/manifest.hpp"

#include <fmt/format.h>

namespace tier2 {

using namespace wording;

namespace {

/// "3 days", "1 h 2 min", "42 s".
std::string span_text(std::chrono::seconds time) {
  const auto s = time.count();
  if (s >= 2 * 86400) return fmt::format("{} days", s / 86400);
  if (s >= 3600) return fmt::format("{} h {} min", s / 3600, s % 3600 / 60);
  return s >= 60 ? fmt::format("{} min {} s", s / 60, s % 60) : fmt::format("{} s", s);
}

std::string time_text(wall_time when) {
  return wire::to_rfc3339(std::chrono::floor<std::chrono::seconds>(when));
}

/// An event, which has no end.
alert event(std::string key, alert_severity severity) {
  alert made;
  made.severity = severity;
  made.source = "watch";
  made.dedupe_key = std::move(key);
  return made;
}

} // namespace

alert certificate_alert(const std::string& host, const std::string& subject, bool own, wall_time until,
                        const condition::news& news) {
  auto made = begin("certificate", news);
  made.labels["host"] = host;
  made.labels["until"] = time_text(until);
  const auto whose = own ? fmt::format("The certificate of {}", host)
                         : fmt::format("The authority '{}' behind the certificate of {}", subject, host);
  if (is_well(news)) {
    made.title = "The cloud's certificate was renewed";
    made.body = fmt::format("{} is valid until {}.", whose, time_text(until));
    return made;
  }
  made.title = "The cloud's certificate is about to expire";
  made.body =
      fmt::format("{} ends on {}.{} After that no machine connects to the cloud any more. Renew it on the "
                  "server. This machine sees the new one when it connects the next time.",
                  whose, time_text(until), still(news));
  return made;
}

alert list_alert(const std::string& file, const std::string& issuer, wall_time until,
                 const condition::news& news) {
  auto made = begin("revocation_list", news);
  made.labels["file"] = shown_path(file);
  made.labels["until"] = time_text(until);
  if (is_well(news)) {
    made.title = "The list of revoked certificates was renewed";
    made.body = fmt::format("The list of '{}' in {} is in force until {}.", issuer, shown_path(file),
                            time_text(until));
    return made;
  }
  made.title = news.level == trouble::critical
                   ? "The list of revoked certificates is out of date"
                   : "The list of revoked certificates is about to be out of date";
  made.body =
      fmt::format("The list of '{}' in {} is to be replaced by {}.{} After that this machine connects to "
                  "the cloud no more. Put that authority's current list there.",
                  issuer, shown_path(file), time_text(until), still(news));
  return made;
}

alert unusable_list_alert(const std::string& why, const condition::news& news) {
  auto made = begin("revocation_list", news);
  made.title = "The list of revoked certificates cannot be used";
  made.body =
      printable(why, 1000) + " This machine cannot connect to the cloud anew until then." + still(news);
  return made;
}

alert clock_alert(std::chrono::milliseconds moved, wall_time now) {
  auto made = event("clock", alert_severity::warning);
  const auto forward = moved.count() > 0;
  const auto by = std::chrono::duration_cast<std::chrono::seconds>(forward ? moved : -moved);
  made.title = "The clock was set";
  made.labels["moved_s"] = std::to_string(moved.count() / 1000);
  made.body = fmt::format(
      "The clock of this machine was set {} by {}: it was about {} and is {} now. A wrong clock makes good "
      "certificates and signed commands invalid, and the times in logs misleading. See whether the time is "
      "right "
      "now, and who sets it.",
      forward ? "forward" : "back", span_text(by), time_text(now - moved), time_text(now));
  return made;
}

alert crash_alert(const std::string& name, const std::string& why, std::uint32_t restarts) {
  auto made = event("actor:" + name, alert_severity::warning);
  made.labels["actor"] = name;
  made.labels["restarts"] = std::to_string(restarts);
  made.title = fmt::format("A part of the agent crashed: {}", name);
  made.body = fmt::format("\"{}\" ended with: {}. It was started again; that happened {} since the service "
                          "started. What it had in hand may be lost. If it comes again, report it with the "
                          "service's log.",
                          name, printable(why, 1000),
                          restarts == 1 ? std::string{"once"} : fmt::format("{} times", restarts));
  return made;
}

alert helper_alert(const std::string& session, const std::string& names, const std::string& why,
                   std::uint32_t crashes) {
  auto made = event("helper:" + session, alert_severity::warning);
  made.labels["session"] = session;
  made.labels["actors"] = printable(names, 200);
  made.title = "A part of a user's helper keeps crashing";
  made.body = fmt::format(
      "In session \"{}\" parts of buttonhelper ({}) were restarted {} times within an hour; the last "
      "error was: {}. The user's pictures or tickets may fail. Report it with the helper's log.",
      session, names, crashes, printable(why, 500));
  return made;
}

} // namespace tier2
