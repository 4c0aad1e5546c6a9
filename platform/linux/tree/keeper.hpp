#pragma once

namespace tier2::os {

/// The whole life of a keeper, the process between the service and one command: takes the plan from
/// `keeper_socket`, starts the child, is the reaper of all that descends from it, and ends only when nothing
/// of that is left. Returns the exit status. To be called in a program with one thread that was started by
/// the service with the child's pipes as 0, 1 and 2; anybody else's start is refused with a sentence.
int keep_child();

} // namespace tier2::os
