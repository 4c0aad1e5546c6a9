#pragma once

#include "messages/error.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tier2::os {

/// A file system that a person would call a disk, or a share.
struct mounted_disk {
  std::string path;
  std::string kind;   ///< "ext4"
  std::string source; ///< "/dev/sda1", "server:/export"
  bool read_only{};
  bool operator==(const mounted_disk&) const = default;
};

/// From the text of a /proc/self/mountinfo (proc(5)): no pseudo file systems, no loop-mounted packages, each
/// file system once however often it is mounted.
std::vector<mounted_disk> real_disks(std::string_view mountinfo);

struct disk_space {
  std::uint64_t total{}, used{},
      available{}; ///< Bytes; available to ordinary users, so they need not add up.
};

/// One line a disk. `probe` may hang (a dead share): each gets `patience` and is then left behind.
result<std::string> describe_disks(const std::vector<mounted_disk>& disks,
                                   const std::function<result<disk_space>(const std::string&)>& probe,
                                   std::chrono::milliseconds patience);

result<std::string> disks();

} // namespace tier2::os
