#include "platform/process_tree.hpp"

#include "platform/linux/tree/control_group.hpp"
#include "platform/linux/tree/tree_thread.hpp"
#include "platform/process.hpp"

namespace tier2 {

std::unique_ptr<process_tree> process_tree::start(options what, callbacks tell) {
  return std::make_unique<os::tree_thread>(std::move(what), std::move(tell));
}

bool kernel_contains_trees(const std::string& cgroup) {
  const auto parent = os::control_group_parent(cgroup);
  if (parent.empty()) return false;
  auto group = os::control_group::make(parent + "/" + os::control_group_prefix + to_string(random_uuid()));
  const bool made{group};
  group.remove();
  return made;
}

} // namespace tier2
