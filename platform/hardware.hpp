#pragma once

#include "messages/error.hpp"

#include <string>
#include <vector>

namespace tier2 {

/// A serial number as the machine tells it, with blanks and control bytes taken off its ends. It may be a
/// placeholder.
struct serial_number {
  std::string source; ///< Who told it: "smbios", "nvme", "virtio", "scsi", "wwid" or "udev". Two tell
                      ///< different things.
  std::string text;
  bool operator==(const serial_number&) const = default;
};

/// What says which machine this is. Empty where it tells nothing, or nothing that we may read.
struct hardware {
  std::vector<serial_number> boards; ///< Of the main board (SMBIOS type 2): one or none.
  std::vector<serial_number>
      disks; ///< Of the disks that hold the system, through partitions, LVM, LUKS and RAID.
  bool operator==(const hardware&) const = default;
};

/// Reads some small files of the system's; never fails, never waits for a device.
hardware read_hardware();
/// This installation's id (/etc/machine-id, or the registry's MachineGuid); a disk's clone has the same.
/// `not_found`.
result<std::string> read_machine_id();

} // namespace tier2
