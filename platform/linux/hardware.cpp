#include "platform/linux/hardware.hpp"

#include "platform/linux/account.hpp"
#include "platform/linux/facts/text.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace tier2 {

namespace os {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t most_disks = 16, most_layers = 8, max_file_bytes = 64U << 10U, max_serial_bytes = 255;

std::string clean(std::string_view text) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
  while (!text.empty() && blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && blank(text.back()))
    text.remove_suffix(1);
  return std::string{text.substr(0, max_serial_bytes)};
}

std::string device_number(dev_t device) {
  return std::to_string(::major(device)) + ":" + std::to_string(::minor(device));
}

/// The unit serial number page (SPC-6, 7.7.9): four bytes, the last two the length, then the text.
std::string from_page_80(const std::string& page) {
  constexpr std::size_t head = 4;
  if (page.size() < head) return {};
  const auto length = static_cast<std::size_t>(static_cast<unsigned char>(page[2]) << 8U |
                                               static_cast<unsigned char>(page[3]));
  return clean(std::string_view{page}.substr(head, length));
}

/// The first that this disk tells, in an order that never changes: whether udev has run yet must not matter.
std::vector<serial_number> serial_of(const device_files& files, const fs::path& disk) {
  const auto text = [](const fs::path& file) {
    return read_text(file.string(), max_file_bytes).value_or("");
  };
  std::error_code failed;
  const bool nvme = fs::exists(disk / "device/subsysnqn", failed);
  for (auto [source, found] : {serial_number{nvme ? "nvme" : "device", clean(text(disk / "device/serial"))},
                               serial_number{"virtio", clean(text(disk / "serial"))},
                               serial_number{"scsi", from_page_80(text(disk / "device/vpd_pg80"))},
                               serial_number{"wwid", clean(text(disk / "device/wwid"))},
                               serial_number{"wwid", clean(text(disk / "wwid"))}})
    if (!found.empty()) return {{source, found}};
  const auto known = text(files.udev + "/b" + clean(text(disk / "dev")));
  for (const auto line : lines_of(known))
    if (line.starts_with("E:ID_SERIAL_SHORT="))
      if (auto found = clean(line.substr(line.find('=') + 1)); !found.empty())
        return {{"udev", std::move(found)}};
  return {};
}

/// Partitions lead to their disk, mapped devices to what they are made of.
void find_disks(const fs::path& device, std::size_t layer, std::set<fs::path>& disks) {
  if (layer > most_layers || disks.size() >= most_disks) return;
  std::error_code failed;
  if (fs::exists(device / "partition", failed)) return find_disks(device.parent_path(), layer + 1, disks);
  bool mapped = false;
  for (fs::directory_iterator each{device / "slaves", failed}, end; !failed && each != end;
       each.increment(failed)) {
    mapped = true;
    std::error_code broken;
    if (auto below = fs::canonical(each->path(), broken); !broken) find_disks(below, layer + 1, disks);
  }
  if (!mapped) disks.insert(device);
}

} // namespace

std::vector<serial_number> disk_serials(const device_files& files, const std::string& number) {
  if (number.empty()) return {};
  std::error_code failed;
  const auto device = fs::canonical(fs::path{files.sys} / "dev/block" / number, failed);
  if (failed) return {};
  std::set<fs::path> disks;
  find_disks(device, 0, disks);
  std::vector<serial_number> all;
  for (const auto& each : disks)
    for (auto& found : serial_of(files, each))
      all.push_back(std::move(found));
  std::ranges::sort(all, {}, [](const serial_number& each) { return std::pair{each.source, each.text}; });
  return all;
}

std::vector<serial_number> board_serials(const device_files& files) {
  auto text = clean(read_text(files.sys + "/class/dmi/id/board_serial", max_file_bytes).value_or(""));
  if (text.empty()) return {};
  return {{"smbios", std::move(text)}};
}

std::string holding_device(const std::string& path, std::string_view mountinfo) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return {};
  if (::major(found.st_dev) != 0) return device_number(found.st_dev);
  // Btrfs and its like have a number that is no device's: what is mounted says which one it is (proc(5)).
  std::string source;
  for (const auto line : lines_of(mountinfo)) {
    const auto words = words_of(line);
    const auto dash = std::ranges::find(words, std::string_view{"-"});
    if (words.size() < 5 || words.end() - dash < 3 || words[4] != path) continue;
    source = std::string{*(dash + 2)};
  }
  if (!source.starts_with("/") || ::stat(source.c_str(), &found) != 0 || !S_ISBLK(found.st_mode)) return {};
  return device_number(found.st_rdev);
}

} // namespace os

hardware read_hardware() {
  constexpr std::size_t max_mounts_bytes = 1U << 20U;
  const os::device_files files;
  const auto mounts = os::read_text("/proc/self/mountinfo", max_mounts_bytes).value_or("");
  return {os::board_serials(files), os::disk_serials(files, os::holding_device("/", mounts))};
}

result<std::string> read_machine_id() {
  constexpr std::size_t id_characters = 32; // machine-id(5)
  for (const auto* path : {"/etc/machine-id", "/var/lib/dbus/machine-id"}) {
    const auto text = os::read_text(path, id_characters + 1);
    if (!text) continue;
    const auto id = os::trimmed(*text);
    if (id.size() == id_characters &&
        std::ranges::all_of(id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }))
      return std::string{id};
  }
  return fail(errc::not_found,
              "There is no /etc/machine-id with 32 hexadecimal digits. Run: systemd-machine-id-setup");
}

} // namespace tier2
