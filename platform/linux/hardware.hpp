#pragma once

#include "platform/hardware.hpp"

#include <cstdint>
#include <string>

namespace tier2::os {

/// Where the kernel and udev tell about devices; tests have their own.
struct device_files {
  std::string sys{"/sys"};
  std::string udev{"/run/udev/data"};
};

/// "253:1" of a block device: the whole disks below it. At most 16, sorted.
std::vector<serial_number> disk_serials(const device_files& files, const std::string& number);
/// The main board's; at most one.
std::vector<serial_number> board_serials(const device_files& files);
/// The number of the block device that holds `path`, from its own number and the text of
/// /proc/self/mountinfo; empty when no block device does (a network, memory, a container's layers).
std::string holding_device(const std::string& path, std::string_view mountinfo);

} // namespace tier2::os
