#pragma once

#include "messages/error.hpp"
#include "platform/linux/tree/control_group.hpp"
#include "platform/linux/tree/keeper_message.hpp"
#include "platform/linux/unique_fd.hpp"

#include <sys/types.h>

namespace tier2::os {

struct started_child {
  pid_t process{};
  /// Ends empty when the program runs; else it holds the sentence why it does not.
  unique_fd report;
};

/// Forks the child of a process with one thread, whose descriptors 0, 1 and 2 become the child's; the child
/// has a session of its own, is in the group, has given up the privileges that the plan says (checked), and
/// becomes the first of the plan's programs that there is.
result<started_child> start_child(const child_plan& plan, const control_group& group);

/// The account's ids and no way back, or why not; for a process with one thread.
result<void> give_up_privileges(uid_t user, gid_t group, std::vector<gid_t> groups);

} // namespace tier2::os
