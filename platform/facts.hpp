#pragma once

#include "messages/ticket.hpp"

#include <functional>
#include <string>
#include <vector>

namespace tier2 {

/// One thing that can be found out about the machine. `gather` may block (a dead disk, a slow command): run
/// it on a thread that can be left behind. It never throws; what fails is said in `fact::failed`.
struct fact_source {
  std::string id;
  std::string title;
  std::function<fact()> gather;
};

/// Operating system, uptime, processor, memory, disks, network, top processes, logged-in user, journal
/// errors.
std::vector<fact_source> machine_facts();

/// "debian 12", "x86_64" and the host name, for enrolment.
struct machine_name {
  std::string host, os, arch;
};
machine_name this_machine();

} // namespace tier2
