#include "platform/linux/tree/command_account.hpp"

#include "platform/linux/system_error.hpp"

#include <charconv>
#include <grp.h>
#include <limits>
#include <pwd.h>
#include <unistd.h>

namespace tier2::os {

namespace {

constexpr std::size_t most_entry_bytes = 1U << 20U;
constexpr int most_groups = 16384;

result<command_account_entry> look_up(uid_t user) {
  std::vector<char> text(4096);
  passwd entry{};
  passwd* found = nullptr;
  int number = 0;
  while ((number = ::getpwuid_r(user, &entry, text.data(), text.size(), &found)) == ERANGE &&
         text.size() < most_entry_bytes)
    text.resize(text.size() * 2);
  const auto account = "the account with number " + std::to_string(user);
  if (number != 0) return fail_with("Could not ask for " + account, number);
  if (found == nullptr) return fail(errc::not_found, "The system does not know " + account + ".");
  command_account_entry known{user, entry.pw_gid, {}, entry.pw_name, entry.pw_dir, entry.pw_shell};
  for (int count = 64; count <= most_groups; count *= 2) {
    known.groups.resize(static_cast<std::size_t>(count));
    int there = count;
    if (::getgrouplist(entry.pw_name, entry.pw_gid, known.groups.data(), &there) >= 0) {
      known.groups.resize(static_cast<std::size_t>(there));
      return known;
    }
  }
  return fail(errc::too_large, "The account " + known.name + " is in too many groups.");
}

} // namespace

result<command_account_entry> own_account() {
  auto known = look_up(::geteuid());
  if (known) return known;
  return command_account_entry{::geteuid(), ::getegid(), {}, std::to_string(::geteuid()), "/", "/bin/sh"};
}

result<command_account_entry> account_of_session(const std::string& number) {
  uid_t user = 0;
  const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), user);
  if (failed != std::errc{} || end != number.data() + number.size() ||
      user == std::numeric_limits<uid_t>::max())
    return fail(errc::malformed, "The session's account, \"" + number + "\", is not a number.");
  if (::geteuid() != 0 && ::geteuid() != user)
    return fail(errc::permission_denied, "Only a service that runs as root can run a command as another "
                                         "account; the command was not started.");
  return look_up(user);
}

} // namespace tier2::os
