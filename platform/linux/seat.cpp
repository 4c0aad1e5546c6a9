#include "platform/seat.hpp"

#include "platform/linux/account.hpp"
#include "platform/process.hpp"

#include <algorithm>
#include <string_view>

namespace tier2 {

std::string active_account(const std::string& seats_directory) {
  const auto text = os::read_text(seats_directory + "/seat0", 4096);
  if (!text) return {};
  constexpr std::string_view key = "ACTIVE_UID=";
  for (std::string_view rest{*text}; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (!line.starts_with(key)) continue;
    const auto account = line.substr(key.size());
    const bool number = !account.empty() && account.find_first_not_of("0123456789") == std::string_view::npos;
    return number ? std::string{account} : std::string{};
  }
  return {};
}

bool session_is_locked() {
  const auto session = current_session();
  if (session.empty() || session.starts_with('-')) return false;
  const auto told = run_program({"loginctl", "show-session", session, "--property=LockedHint", "--value"},
                                std::chrono::seconds{1}, 64);
  return told && told->starts_with("yes");
}

} // namespace tier2
