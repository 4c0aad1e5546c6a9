#include "platform/linux/facts/disks.hpp"

#include "platform/linux/account.hpp"
#include "platform/linux/facts/text.hpp"
#include "platform/linux/system_error.hpp"

#include <algorithm>
#include <array>
#include <future>
#include <set>
#include <sys/statvfs.h>
#include <thread>

namespace tier2::os {

namespace {

constexpr std::size_t most_disks = 64;

/// mountinfo writes blanks, tabs, line ends and backslashes as three octal digits.
std::string unescaped(std::string_view text) {
  const auto octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && octal(text[i + 1]) && octal(text[i + 2]) &&
        octal(text[i + 3])) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

/// Of this mount, or of the file system itself.
bool has_option(std::string_view options, std::string_view name) {
  for (;;) {
    const auto comma = options.find(',');
    if (options.substr(0, comma) == name) return true;
    if (comma == std::string_view::npos) return false;
    options.remove_prefix(comma + 1);
  }
}

bool is_real(std::string_view kind, std::string_view source, std::string_view path) {
  constexpr std::array remote{"nfs",  "nfs4",      "cifs",       "smb3", "9p",   "virtiofs",
                              "ceph", "glusterfs", "fuse.sshfs", "zfs",  "btrfs"};
  if (kind == "squashfs" || kind == "erofs") return false; // packages: always full, never a problem
  if (path == "/") return kind != "rootfs";
  return source.starts_with("/dev/") || std::ranges::find(remote, kind) != remote.end();
}

std::string describe(const mounted_disk& disk, const disk_space& space) {
  // Of what ordinary users can ever fill, as df(1) counts.
  const auto usable = static_cast<double>(space.used) + static_cast<double>(space.available);
  const auto used = usable > 0 ? 100.0 * static_cast<double>(space.used) / usable : 0.0;
  return disk.path + ": " + human_bytes(space.available) + " of " + human_bytes(space.total) + " free (" +
         std::to_string(static_cast<int>(used)) + " % used), " + disk.kind + " on " + disk.source;
}

} // namespace

std::vector<mounted_disk> real_disks(std::string_view mountinfo) {
  std::vector<mounted_disk> found;
  std::set<std::string_view> seen;
  for (const auto line : lines_of(mountinfo)) {
    // 36 35 98:0 /root /path options optional-fields… - kind source super-options
    const auto words = words_of(line);
    const auto dash = std::ranges::find(words, "-");
    if (dash - words.begin() < 6 || words.end() - dash < 3) continue;
    const auto kind = dash[1], source = dash[2];
    auto path = unescaped(words[4]);
    if (!is_real(kind, source, path) || !seen.insert(words[2]).second) continue;
    const auto read_only =
        has_option(words[5], "ro") || (words.end() - dash > 3 && has_option(dash[3], "ro"));
    found.push_back({std::move(path), std::string{kind}, unescaped(source), read_only});
    if (found.size() == most_disks) break;
  }
  return found;
}

result<std::string> describe_disks(const std::vector<mounted_disk>& disks,
                                   const std::function<result<disk_space>(const std::string&)>& probe,
                                   std::chrono::milliseconds patience) {
  if (disks.empty()) return fail(errc::not_found, "The system lists no disk.");
  std::vector<std::future<result<disk_space>>> answers;
  for (const auto& disk : disks) {
    std::packaged_task<result<disk_space>()> ask{[probe, path = disk.path] { return probe(path); }};
    answers.push_back(ask.get_future());
    std::thread{std::move(ask)}.detach(); // its only tie to us is the future, so it may outlast us
  }
  std::string text;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (std::size_t i = 0; i < disks.size(); ++i) {
    if (!text.empty()) text += '\n';
    if (answers[i].wait_until(deadline) != std::future_status::ready) {
      text += disks[i].path + ": does not answer (" + disks[i].kind + " on " + disks[i].source + ")";
      continue;
    }
    const auto space = answers[i].get();
    text += space ? describe(disks[i], *space) : disks[i].path + ": " + space.error().what;
  }
  return text;
}

result<std::string> disks() {
  const auto probe = [](const std::string& path) -> result<disk_space> {
    struct statvfs found{};
    if (::statvfs(path.c_str(), &found) != 0) return fail_with("Could not ask for its size", errno);
    return disk_space{.total = found.f_blocks * found.f_frsize,
                      .used = (found.f_blocks - std::min(found.f_blocks, found.f_bfree)) * found.f_frsize,
                      .available = found.f_bavail * found.f_frsize};
  };
  return describe_disks(real_disks(read_text("/proc/self/mountinfo", 4U << 20U).value_or("")), probe,
                        std::chrono::milliseconds{1000});
}

} // namespace tier2::os
