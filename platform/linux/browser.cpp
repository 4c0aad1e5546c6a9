#include "platform/browser.hpp"

#include "platform/linux/browser_command.hpp"
#include "platform/process.hpp"

namespace tier2 {

namespace os {

std::vector<std::string> browser_arguments(const std::vector<std::string>& command,
                                           const std::string& target) {
  constexpr std::string_view place = "{}";
  std::vector<std::string> argv;
  bool placed = false;
  for (const auto& each : command) {
    auto& made = argv.emplace_back();
    std::size_t from = 0;
    for (auto at = each.find(place); at != std::string::npos; at = each.find(place, from)) {
      made.append(each, from, at - from).append(target);
      from = at + place.size();
      placed = true;
    }
    made.append(each, from);
  }
  if (!placed) argv.push_back(target);
  return argv;
}

} // namespace os

result<void> open_in_browser(const std::vector<std::string>& command, const std::string& target) {
  const bool known = target.starts_with('/') || target.starts_with("file://") ||
                     target.starts_with("http://") || target.starts_with("https://");
  if (!known) // among others, nothing that the program would take for an option
    return fail(errc::invalid_argument,
                "\"" + target + "\" is neither a full path nor a web address, so it was not opened.");
  auto started = start_program(
      os::browser_arguments(command.empty() ? std::vector<std::string>{"xdg-open"} : command, target));
  if (started || started.error().code != errc::not_found) return started;
  if (command.empty())
    return fail(
        errc::not_found,
        "The page could not be opened: xdg-open is not installed. Install the package xdg-utils and a "
        "browser, or set `command` in [browser] of the configuration to the browser to use.");
  return fail(errc::not_found, "The page could not be opened: there is no program " + command.front() +
                                   ". Install it, or correct `command` in [browser] of the configuration.");
}

} // namespace tier2
