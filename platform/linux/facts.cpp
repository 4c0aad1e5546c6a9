#include "platform/facts.hpp"

#include "platform/linux/facts/disks.hpp"
#include "platform/linux/facts/network.hpp"
#include "platform/linux/facts/processes.hpp"
#include "platform/linux/facts/processor.hpp"
#include "platform/linux/facts/system.hpp"
#include "platform/linux/facts/text.hpp"
#include "platform/linux/facts/users.hpp"

#include <exception>
#include <sys/utsname.h>

namespace tier2 {

namespace {

/// Whatever happens in there becomes text, clean and bounded: names of processes and mounts are arbitrary
/// bytes.
fact_source source(std::string id, std::string title, result<std::string> (*find_out)()) {
  auto gather = [id, title, find_out] {
    fact made{.id = id, .title = title, .text = {}, .failed = {}};
    try {
      if (auto found = find_out())
        made.text = os::presentable(*found, os::max_fact_bytes);
      else
        made.failed = os::presentable(found.error().what, os::max_fact_bytes);
    } catch (const std::exception& surprise) {
      made.failed =
          os::presentable(std::string{"It could not be found out: "} + surprise.what(), os::max_fact_bytes);
    }
    return made;
  };
  return {std::move(id), std::move(title), std::move(gather)};
}

} // namespace

std::vector<fact_source> machine_facts() {
  return {source("os", "Operating system", os::operating_system),
          source("uptime", "Running for", os::uptime),
          source("processor", "Processor", os::processor),
          source("memory", "Memory", os::memory),
          source("disks", "Disks", os::disks),
          source("network", "Network", os::network),
          source("processes", "Programs", os::processes),
          source("users", "Who is logged in", os::logged_in_users),
          source("journal", "Errors in the system's journal", os::journal_errors)};
}

machine_name this_machine() {
  utsname kernel{};
  ::uname(&kernel);
  return {.host = kernel.nodename, .os = os::short_os_name(os::os_release_text()), .arch = kernel.machine};
}

} // namespace tier2
