#include "platform/notification.hpp"

#include "platform/process.hpp"

namespace tier2 {

result<void> notify_user(const std::string& from, const std::string& title, const std::string& body) {
  // The body is markup to most notification servers (Desktop Notifications Specification, "Markup"), and
  // notify-send resolves escapes with a backslash in it, but not in the title: \074 would be markup again.
  std::string plain;
  for (const char each : body)
    plain += each == '<'    ? "&lt;"
             : each == '>'  ? "&gt;"
             : each == '&'  ? "&amp;"
             : each == '\\' ? "\\\\"
                            : std::string(1, each);
  auto started = start_program({"notify-send", "--app-name=" + from, "--", title, plain});
  if (!started && started.error().code == errc::not_found)
    return fail(errc::not_found, "There is no notify-send for desktop notifications. Install libnotify-bin.");
  return started;
}

} // namespace tier2
