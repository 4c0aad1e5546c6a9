#pragma once

#include "platform/linux/tree/descendants.hpp"

#include <functional>
#include <sched.h>
#include <string>

namespace tier2::os {

/// While it lives, this thread runs before every ordinary one (SCHED_FIFO), or as near to that as the system
/// lets us: whoever has more processes must not be able to be quicker than we are.
class urgency {
public:
  urgency();
  ~urgency();
  urgency(const urgency&) = delete;
  urgency& operator=(const urgency&) = delete;

private:
  int policy_;
  sched_param parameter_{};
  int nice_;
};

/// Signals SIGKILL to all descendants below the chosen children, from the top down, and calls `reap` after
/// each time, until a time finds nobody new or 20 ms have passed: what forks is caught up with, since a
/// process that has the signal forks no more, and what it forked before is below it, or below us once it is
/// gone. To be called again whenever one of them has ended.
void kill_descendants(const chosen_child& which, const std::function<void()>& reap);

/// The sentence about those that SIGKILL did not end; empty for nobody.
std::string sentence_about(const std::vector<process_entry>& left);

} // namespace tier2::os
