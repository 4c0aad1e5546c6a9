#pragma once

#include "messages/error.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace tier2::os {

/// An account as the system's list has it (getpwuid(3), getgrouplist(3)).
struct command_account_entry {
  uid_t user{};
  gid_t group{};
  std::vector<gid_t> groups; ///< All that it is in.
  std::string name, home, shell;
};

/// The account that we are; known by number only when the list has it not.
result<command_account_entry> own_account();

/// `number` as in `session_account`. `malformed`, `not_found`; `permission_denied` when we are neither root
/// nor that account.
result<command_account_entry> account_of_session(const std::string& number);

} // namespace tier2::os
