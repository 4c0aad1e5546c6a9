#include "platform/linux/hardware.hpp"
#include "tests/platform/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>

using namespace tier2;
namespace fs = std::filesystem;

namespace {

/// A /sys and a udev database of our own.
struct devices {
  test::temporary_directory where;
  os::device_files files{where / "sys", where / "udev"};

  devices() {
    fs::create_directories(where / "sys/dev/block");
    fs::create_directories(where / "udev");
  }
  void write(const std::string& file, std::string_view text) const {
    fs::create_directories(fs::path{where / file}.parent_path());
    std::ofstream{where / file, std::ios::binary} << text;
  }
  /// A disk at sys/devices/NAME with that number.
  void disk(const std::string& name, const std::string& number) const {
    write("sys/devices/" + name + "/dev", number + "\n");
    fs::create_directory_symlink(where / ("sys/devices/" + name), where / ("sys/dev/block/" + number));
  }
  void partition(const std::string& disk, const std::string& name, const std::string& number) const {
    write("sys/devices/" + disk + "/" + name + "/partition", "1\n");
    fs::create_directory_symlink(where / ("sys/devices/" + disk + "/" + name),
                                 where / ("sys/dev/block/" + number));
  }
  void slave(const std::string& of, const std::string& device) const {
    fs::create_directories(where / ("sys/devices/" + of + "/slaves"));
    fs::create_directory_symlink(
        where / ("sys/devices/" + device),
        where / ("sys/devices/" + of + "/slaves/" + fs::path{device}.filename().string()));
  }
  std::vector<serial_number> of(const std::string& number) const { return os::disk_serials(files, number); }
};

using list = std::vector<serial_number>;

} // namespace

TEST_CASE("hardware: each kind of disk tells its serial number in its own place") {
  const devices here;
  here.disk("nvme0n1", "259:0");
  here.write("sys/devices/nvme0n1/device/serial", "S4EWNX0R  \n");
  here.write("sys/devices/nvme0n1/device/subsysnqn", "nqn\n");
  CHECK(here.of("259:0") == list{{"nvme", "S4EWNX0R"}});
  here.disk("vda", "254:0");
  here.write("sys/devices/vda/serial", "virtual-1");
  CHECK(here.of("254:0") == list{{"virtio", "virtual-1"}});
  here.disk("sda", "8:0");
  here.write("sys/devices/sda/device/vpd_pg80", std::string_view{"\x00\x80\x00\x0a  WD-12345", 14});
  CHECK(here.of("8:0") == list{{"scsi", "WD-12345"}});
  here.disk("sdb", "8:16");
  here.write("sys/devices/sdb/device/wwid", "naa.5000c500a1b2c3d4\n");
  CHECK(here.of("8:16") == list{{"wwid", "naa.5000c500a1b2c3d4"}});
  here.disk("sdc", "8:32");
  CHECK(here.of("8:32").empty());
  here.write("udev/b8:32", "E:ID_MODEL=x\nE:ID_SERIAL_SHORT=FROM-UDEV\nE:ID_SERIAL=y\n");
  CHECK(here.of("8:32") == list{{"udev", "FROM-UDEV"}});
}

TEST_CASE("hardware: a partition, a volume on an encrypted partition and a mirror lead to their disks") {
  const devices here;
  here.disk("sda", "8:0");
  here.write("sys/devices/sda/device/wwid", "one");
  here.partition("sda", "sda2", "8:2");
  CHECK(here.of("8:2") == list{{"wwid", "one"}});
  here.disk("dm-0", "253:0"); // LUKS
  here.slave("dm-0", "sda/sda2");
  here.disk("dm-1", "253:1"); // LVM on it
  here.slave("dm-1", "dm-0");
  CHECK(here.of("253:1") == list{{"wwid", "one"}});
  here.disk("sdb", "8:16");
  here.write("sys/devices/sdb/device/wwid", "another");
  here.partition("sdb", "sdb1", "8:17");
  here.disk("md0", "9:0");
  here.slave("md0", "sda/sda2");
  here.slave("md0", "sdb/sdb1");
  CHECK(here.of("9:0") == list{{"wwid", "another"}, {"wwid", "one"}});
}

TEST_CASE("hardware: nonsense tells nothing and ends") {
  const devices here;
  CHECK(here.of("").empty());
  CHECK(here.of("8:99").empty());
  here.disk("dm-0", "253:0"); // a ring
  here.disk("dm-1", "253:1");
  here.slave("dm-0", "dm-1");
  here.slave("dm-1", "dm-0");
  CHECK(here.of("253:0").empty());
  here.disk("sda", "8:0");
  here.write("sys/devices/sda/device/vpd_pg80", std::string_view{"\x00\x80\xff\xff", 4});
  CHECK(here.of("8:0").empty());
  here.write("sys/devices/sda/device/vpd_pg80", "x");
  here.write("sys/devices/sda/device/wwid", " \n\t ");
  CHECK(here.of("8:0").empty());
  here.disk("md0", "9:0"); // more disks than anybody has
  for (int i = 0; i < 40; ++i) {
    const auto name = "many" + std::to_string(i);
    here.disk(name, "70:" + std::to_string(i));
    here.write("sys/devices/" + name + "/device/wwid", name);
    here.slave("md0", name);
  }
  CHECK(here.of("9:0").size() == 16);
}

TEST_CASE("hardware: the board's serial number is SMBIOS's") {
  const devices here;
  CHECK(os::board_serials(here.files).empty());
  here.write("sys/class/dmi/id/board_serial", " PF3AB12C \n");
  CHECK(os::board_serials(here.files) == list{{"smbios", "PF3AB12C"}});
}

TEST_CASE("hardware: what holds a directory is a device, or nothing that has a serial number") {
  CHECK(os::holding_device("/proc", "20 1 0:5 / /proc rw - proc proc rw\n") == "");
  CHECK(os::holding_device("/does/not/exist", "") == "");
}

TEST_CASE("hardware: this very machine can be read, and says the same twice") {
  const auto first = read_hardware();
  CHECK(first == read_hardware());
  for (const auto* all : {&first.boards, &first.disks})
    for (const auto& each : *all)
      CHECK_FALSE(each.text.empty());
  std::error_code failed;
  // Where there is a whole disk with a serial number under /, it is found.
  std::ifstream mounts{"/proc/self/mountinfo"};
  const std::string text{std::istreambuf_iterator<char>{mounts}, {}};
  const auto device = os::holding_device("/", text);
  if (!device.empty()) CHECK(fs::exists("/sys/dev/block/" + device, failed));
  if (fs::exists("/etc/machine-id", failed) && fs::file_size("/etc/machine-id", failed) >= 32)
    CHECK(read_machine_id()->size() == 32);
}
