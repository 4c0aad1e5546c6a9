#include "platform/linux/tree/killing.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <set>
#include <sys/resource.h>
#include <utility>

namespace tier2::os {

namespace {

constexpr std::chrono::milliseconds longest_burst{20};
constexpr std::size_t most_named = 5;

} // namespace

urgency::urgency() : policy_{::sched_getscheduler(0)}, nice_{::getpriority(PRIO_PROCESS, 0)} {
  ::sched_getparam(0, &parameter_);
  sched_param first{};
  first.sched_priority = ::sched_get_priority_min(SCHED_FIFO);
  if (::sched_setscheduler(0, SCHED_FIFO, &first) != 0) ::setpriority(PRIO_PROCESS, 0, -20);
}

urgency::~urgency() {
  if (::sched_setscheduler(0, std::max(0, policy_), &parameter_) == 0) ::setpriority(PRIO_PROCESS, 0, nice_);
}

void kill_descendants(const chosen_child& which, const std::function<void()>& reap) {
  const auto until = std::chrono::steady_clock::now() + longest_burst;
  std::set<std::pair<pid_t, std::uint64_t>> seen;
  for (bool more = true; more && std::chrono::steady_clock::now() < until;) {
    more = false;
    visit_descendants(which, [&](const process_handle& process, const process_entry& entry) {
      process.signal(SIGKILL);
      more = seen.emplace(entry.process, entry.started).second || more;
    });
    reap();
  }
}

std::string sentence_about(const std::vector<process_entry>& left) {
  if (left.empty()) return {};
  std::string numbers;
  for (std::size_t at = 0; at < std::min(most_named, left.size()); ++at)
    numbers += (at == 0 ? "" : ", ") + std::to_string(left[at].process) + " (state " + left[at].state + ")";
  if (left.size() > most_named) numbers += " and more";
  return std::to_string(left.size()) +
         " of its processes could not be ended, because the system holds them or they are another "
         "account's: " +
         numbers + ". They may run on; look at them on the machine, or restart it.";
}

} // namespace tier2::os
