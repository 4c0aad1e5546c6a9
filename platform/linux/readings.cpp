#include "platform/linux/readings.hpp"

#include "platform/linux/account.hpp"
#include "platform/linux/facts/disks.hpp"
#include "platform/linux/facts/text.hpp"
#include "platform/linux/system_error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <set>
#include <sys/statvfs.h>
#include <unistd.h>

namespace tier2::os {

namespace {

constexpr std::size_t most_places = 64;

/// No network, no memory, no packages, and no program of a user behind it, which could let us wait.
bool is_watched(const mounted_disk& disk) {
  constexpr std::array left_out{"nfs",       "nfs4",  "cifs",  "smb3",     "9p",      "virtiofs", "ceph",
                                "glusterfs", "tmpfs", "ramfs", "squashfs", "iso9660", "udf",      "erofs"};
  if (disk.read_only || std::ranges::find(left_out, disk.kind) != left_out.end()) return false;
  return !disk.kind.starts_with("fuse") || disk.kind == "fuseblk"; // fuseblk: a local disk
}

/// What shares its room with others: subvolumes of one device, data sets of one pool.
std::string whose_room(const mounted_disk& disk) {
  if (disk.kind == "zfs") return disk.source.substr(0, disk.source.find('/'));
  return disk.kind == "btrfs" ? disk.source : disk.path;
}

std::optional<double> decimal(std::string_view text) {
  double value{};
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (wrong != std::errc{} || end != text.data() + text.size() || !(value >= 0 && value < 1e9)) return {};
  return value;
}

std::optional<std::uint64_t> kibibytes(std::string_view meminfo, std::string_view name) {
  const auto value = value_of(meminfo, name, ':');
  if (!value) return {};
  const auto words = words_of(*value);
  const auto number = words.empty() ? std::nullopt : number_of(words[0]);
  if (!number || *number > UINT64_MAX / 1024) return {};
  return *number * 1024;
}

/// "some avg10=0.00 avg60=1.50 avg300=0.00 total=0"
std::optional<double> share_of_waiting(std::string_view pressure) {
  for (const auto line : lines_of(pressure)) {
    const auto words = words_of(line);
    if (words.empty() || words[0] != "some") continue;
    for (const auto word : words)
      if (word.starts_with("avg60=")) return decimal(word.substr(6));
  }
  return {};
}

} // namespace

std::vector<mounted_place> writable_places(std::string_view mountinfo) {
  std::vector<mounted_place> places;
  std::set<std::string> seen;
  for (const auto& disk : real_disks(mountinfo))
    if (is_watched(disk) && seen.insert(whose_room(disk)).second) places.push_back({disk.path, disk.kind});
  return places;
}

result<memory_reading> parse_memory(std::string_view meminfo, std::string_view pressure) {
  const auto total = kibibytes(meminfo, "MemTotal"), available = kibibytes(meminfo, "MemAvailable");
  if (!total || !available || *total == 0)
    return fail(errc::malformed, "The system did not say how much memory it has.");
  return memory_reading{*total, *available, kibibytes(meminfo, "SwapTotal").value_or(0),
                        kibibytes(meminfo, "SwapFree").value_or(0), share_of_waiting(pressure)};
}

result<double> parse_load(std::string_view loadavg) {
  const auto words = words_of(loadavg);
  const auto value = words.size() < 3 ? std::nullopt : decimal(words[2]);
  if (!value) return fail(errc::malformed, "The system did not say how busy it is.");
  return *value;
}

} // namespace tier2::os

namespace tier2 {

std::vector<mounted_place> writable_places(const std::vector<std::string>& also,
                                           const std::vector<std::string>& except) {
  auto places = os::writable_places(os::read_text("/proc/self/mountinfo", 4U << 20U).value_or(""));
  for (const auto& path : also)
    if (std::ranges::find(places, path, &mounted_place::path) == places.end()) places.push_back({path, {}});
  std::erase_if(places, [&](const mounted_place& each) {
    return std::ranges::find(except, each.path) != except.end();
  });
  if (places.size() > os::most_places) places.resize(os::most_places);
  return places;
}

result<room> room_at(const std::string& path) {
  struct statvfs found{};
  if (::statvfs(path.c_str(), &found) != 0)
    return os::fail_with("Could not ask for the room at " + path, errno);
  return room{found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize, found.f_files, found.f_favail,
              (found.f_flag & ST_RDONLY) != 0};
}

result<memory_reading> memory_now() {
  return os::parse_memory(os::read_text("/proc/meminfo", 1U << 16U).value_or(""),
                          os::read_text("/proc/pressure/memory", 4096).value_or(""));
}

result<load_reading> load_now() {
  const auto load = os::parse_load(os::read_text("/proc/loadavg", 256).value_or(""));
  if (!load) return tl::unexpected(load.error());
  return load_reading{*load, static_cast<unsigned>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)))};
}

std::chrono::milliseconds clock_setting() {
  const auto read = [](clockid_t which) {
    timespec now{};
    ::clock_gettime(which, &now);
    return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
  };
  const auto since_start = read(CLOCK_BOOTTIME);
  return std::chrono::duration_cast<std::chrono::milliseconds>(read(CLOCK_REALTIME) - since_start);
}

} // namespace tier2
