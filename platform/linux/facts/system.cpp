#include "platform/linux/facts/system.hpp"

#include "platform/linux/account.hpp"
#include "platform/linux/facts/text.hpp"

#include <sys/utsname.h>

namespace tier2::os {

std::string os_release_value(std::string_view text, std::string_view key) {
  const auto found = value_of(text, key, '=');
  if (!found) return {};
  auto raw = *found;
  if (raw.size() >= 2 && (raw.front() == '"' || raw.front() == '\'') && raw.back() == raw.front())
    raw = raw.substr(1, raw.size() - 2);
  std::string value;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\\' && i + 1 < raw.size()) ++i;
    value += raw[i];
  }
  return value;
}

std::string short_os_name(std::string_view os_release) {
  auto name = os_release_value(os_release, "ID");
  if (name.empty()) return "linux";
  const auto version = os_release_value(os_release, "VERSION_ID");
  return version.empty() ? name : name + " " + version;
}

result<std::string> describe_uptime(std::string_view uptime, std::string_view stat) {
  const auto seconds = number_of(uptime.substr(0, uptime.find('.')));
  if (!seconds) return fail(errc::malformed, "The system did not say how long it has been running.");
  auto text = human_duration(*seconds);
  for (const auto line : lines_of(stat))
    if (const auto words = words_of(line); words.size() == 2 && words[0] == "btime")
      if (const auto booted = number_of(words[1]))
        text += ", since " + human_time(static_cast<std::int64_t>(*booted));
  return text;
}

std::string os_release_text() {
  if (auto text = read_text("/etc/os-release", 65536)) return *text;
  return read_text("/usr/lib/os-release", 65536).value_or("");
}

result<std::string> operating_system() {
  utsname kernel{};
  if (::uname(&kernel) != 0) return fail(errc::unsupported, "The system did not say what it is.");
  auto name = os_release_value(os_release_text(), "PRETTY_NAME");
  if (name.empty()) name = "Linux";
  return name + "\nkernel " + kernel.release + ", " + kernel.machine;
}

result<std::string> uptime() {
  return describe_uptime(read_text("/proc/uptime", 256).value_or(""),
                         read_text("/proc/stat", 1U << 20U).value_or(""));
}

} // namespace tier2::os
