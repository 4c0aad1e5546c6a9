#pragma once

#include "platform/linux/unique_fd.hpp"

#include <string>
#include <string_view>

namespace tier2::os {

/// A cgroup v2 for one command (the kernel's admin-guide/cgroup-v2). Beside the subreaper it gives what that
/// cannot: the tree can be ended although its keeper was killed, no fork escapes the killing, and who joined
/// another namespace and has another parent now is still in it.
class control_group {
public:
  /// None: every call does nothing.
  control_group() = default;
  /// Makes the directory and locks it (flock(2)) so that a sweep takes it for one in use; none when that is
  /// not possible here: no cgroup v2, no right to make one.
  static control_group make(const std::string& directory);
  /// One that a killed keeper left.
  static control_group existing(const std::string& directory);
  explicit operator bool() const { return static_cast<bool>(directory_); }
  /// Puts the calling process into it; to be called in the child, before it gives its privileges up.
  void enter() const;
  /// Ends everything in it: no more forks, then cgroup.kill (Linux 5.14).
  void kill() const;
  /// Whether a process in it, or in a group within, has not ended.
  bool populated() const;
  /// Has POLLPRI when that has changed since it was last asked for; -1 for none.
  int events() const { return events_.get(); }
  /// Removes it once it is empty; false while it is not.
  bool remove();

private:
  void open(const std::string& directory);
  bool write(const char* file, const char* text) const;
  std::string path_;
  unique_fd directory_, events_;
};

/// Ends and removes what commands left in the groups of this directory that no living keeper holds.
void sweep_control_groups(const std::string& directory);

/// What the names of all these groups begin with; a command's number follows.
inline constexpr const char* control_group_prefix = "tier2-";

/// The directory of a group from the texts of /proc/self/cgroup and /proc/self/mountinfo: where the v2
/// hierarchy is mounted and what of it we are in. Empty when there is none, or none that we can see.
std::string control_group_of(std::string_view cgroup, std::string_view mounts);

/// Where groups are made: `wish` when it names a directory; nowhere (empty) for "none"; else in the group
/// that this process is in, if there is one.
std::string control_group_parent(const std::string& wish);

} // namespace tier2::os
