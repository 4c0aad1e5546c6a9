#include "platform/linux/facts/users.hpp"

#include "platform/linux/account.hpp"
#include "platform/linux/facts/text.hpp"
#include "platform/process.hpp"

#include <cstring>
#include <utmpx.h>

namespace tier2::os {

namespace {

constexpr std::chrono::milliseconds loginctl_limit{2000};

/// A field of utmp is full or ends with a zero.
template <std::size_t N>
std::string field(const char (&text)[N]) {
  return {text, ::strnlen(text, N)};
}

} // namespace

std::vector<std::string> utmp_sessions(std::string_view bytes) {
  std::vector<std::string> found;
  for (; bytes.size() >= sizeof(utmpx); bytes.remove_prefix(sizeof(utmpx))) {
    utmpx entry;
    std::memcpy(&entry, bytes.data(), sizeof entry);
    if (entry.ut_type != USER_PROCESS || entry.ut_user[0] == '\0') continue;
    auto line = field(entry.ut_user) + " on " + field(entry.ut_line);
    if (const auto host = field(entry.ut_host); !host.empty()) line += " from " + host;
    found.push_back(line + " since " + human_time(entry.ut_tv.tv_sec));
  }
  return found;
}

std::vector<std::string> loginctl_sessions(std::string_view text) {
  std::vector<std::string> found;
  for (const auto line : lines_of(text)) {
    const auto words = words_of(line); // SESSION UID USER [SEAT] [TTY] …
    if (words.size() < 3 || !number_of(words[1])) continue;
    found.push_back(std::string{words[2]} + " (session " + std::string{words[0]} + ")");
  }
  return found;
}

result<std::string> logged_in_users() {
  auto sessions = utmp_sessions(read_text("/run/utmp", 1U << 20U).value_or(""));
  if (sessions.empty())
    if (const auto listed =
            run_program({"loginctl", "list-sessions", "--no-legend", "--no-pager"}, loginctl_limit, 65536))
      sessions = loginctl_sessions(*listed);
  if (sessions.empty())
    return "The system keeps no list of sessions; this report was made by " + current_user() + ".";
  std::string text;
  for (const auto& each : sessions)
    text += (text.empty() ? "" : "\n") + each;
  return text;
}

} // namespace tier2::os
