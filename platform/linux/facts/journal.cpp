#include "platform/linux/facts/text.hpp"
#include "platform/linux/facts/users.hpp"
#include "platform/process.hpp"

#include <array>
#include <grp.h>
#include <unistd.h>
#include <vector>

namespace tier2::os {

namespace {

constexpr std::chrono::milliseconds journal_limit{4000};

/// Root and the groups that systemd-journald lets read everything (systemd-journald.service(8)).
bool sees_the_whole_journal() {
  if (::geteuid() == 0) return true;
  std::vector<gid_t> ours(65536);
  const int count = ::getgroups(static_cast<int>(ours.size()), ours.data());
  ours.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  ours.push_back(::getegid());
  for (const char* name : {"systemd-journal", "adm", "wheel"}) {
    group entry{};
    group* found = nullptr;
    std::array<char, 16384> buffer{};
    if (::getgrnam_r(name, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) continue;
    for (const auto id : ours)
      if (id == entry.gr_gid) return true;
  }
  return false;
}

} // namespace

result<std::string> journal_errors() {
  const auto ask = [](std::vector<std::string> which) {
    std::vector<std::string> argv{"journalctl", "-b", "-q", "-o", "short-iso", "--no-pager"};
    argv.insert(argv.end(), which.begin(), which.end());
    return run_program(argv, journal_limit, max_fact_bytes);
  };
  const auto errors = ask({"-n", "20", "-p", "err"});
  if (!errors && errors.error().code == errc::not_found)
    return fail(errc::unsupported, "This system has no journal (journalctl is not installed).");
  if (!errors)
    return fail(errors.error().code, "The system's journal could not be read: " + errors.error().what);
  const std::string scope =
      sees_the_whole_journal() ? "" : "Only this user's own messages may be read here.\n";
  if (const auto text = trimmed(*errors); !text.empty()) return scope + std::string{text};
  // No errors is good news only where there is a journal: without one, journalctl says nothing and succeeds
  // too.
  if (const auto anything = ask({"-n", "1"}); anything && !trimmed(*anything).empty())
    return scope + "no errors since the start";
  return fail(errc::unsupported, "There is no journal of this start that this user may read.");
}

} // namespace tier2::os
