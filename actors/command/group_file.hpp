#pragma once

#include "messages/command.hpp"
#include "messages/error.hpp"

#include <string>
#include <vector>

namespace tier2 {

/// The groups of this machine, and when the set_groups that made them so was signed (never: they are those of
/// the configuration).
struct group_list {
  std::vector<std::string> names;
  unix_seconds issued{};
};

/// `<directory>/groups`; `configured` when there is no such file. Any other error means that nobody knows
/// what a signed command has set: not one of the configuration's groups may count then.
result<group_list> read_groups(const std::string& directory, const std::vector<std::string>& configured);
/// On the disk when it returns.
result<void> write_groups(const std::string& directory, const group_list& groups);

} // namespace tier2
