#include "platform/linux/tree/control_group.hpp"

#include "messages/uuid.hpp"
#include "platform/linux/account.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <linux/magic.h>
#include <optional>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <vector>

namespace tier2::os {

namespace {

constexpr int most_tries = 5;

unique_fd open_group(const std::string& path) {
  unique_fd directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)};
  struct statfs system{};
  if (!directory || ::fstatfs(directory.get(), &system) != 0 || system.f_type != CGROUP2_SUPER_MAGIC)
    return {};
  return directory;
}

/// Groups made inside by a command that may: from the innermost out, for rmdir takes none with groups in it.
void remove_inner(const std::string& path) {
  std::error_code failed;
  std::vector<std::string> inner;
  for (std::filesystem::recursive_directory_iterator each{path, failed}, end; !failed && each != end;
       each.increment(failed))
    if (each->is_directory(failed)) inner.push_back(each->path().string());
  for (auto each = inner.rbegin(); each != inner.rend(); ++each)
    ::rmdir(each->c_str());
}

bool is_ours(std::string_view name) {
  constexpr std::size_t uuid_length = 36;
  constexpr std::string_view prefix{control_group_prefix};
  return name.starts_with(prefix) && parse_uuid(name.substr(prefix.size(), uuid_length)).has_value();
}

/// The next part of `text`, which then begins after it.
std::string_view next(std::string_view& text, char end) {
  const auto at = text.find(end);
  const auto part = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
  return part;
}

/// A path of mountinfo, where space, tab, newline and backslash stand as three octal digits (proc(5)).
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned value = 0;
    const auto* digits = text.data() + at + 1;
    if (text[at] == '\\' && text.size() - at > 3 &&
        std::from_chars(digits, digits + 3, value, 8).ptr == digits + 3) {
      plain += static_cast<char>(value);
      at += 3;
    } else {
      plain += text[at];
    }
  }
  return plain;
}

/// `path` as seen from `root`, which is an ancestor of it or it; nothing when it is not.
std::optional<std::string> below(const std::string& root, const std::string& path) {
  if (root == "/") return path == "/" ? std::string{} : path;
  if (!path.starts_with(root)) return {};
  auto rest = path.substr(root.size());
  if (!rest.empty() && !rest.starts_with('/')) return {};
  return rest;
}

} // namespace

void control_group::open(const std::string& directory) {
  path_ = directory;
  directory_ = open_group(directory);
  if (directory_) events_ = unique_fd{::openat(directory_.get(), "cgroup.events", O_RDONLY | O_CLOEXEC)};
}

control_group control_group::make(const std::string& directory) {
  const auto parent = std::filesystem::path{directory}.parent_path().string();
  if (!open_group(parent)) return {};
  for (int tries = 0; tries < most_tries; ++tries) {
    control_group made;
    if (::mkdir(directory.c_str(), 0755) != 0) return {};
    made.open(directory);
    if (!made.directory_) continue;
    // Before it is locked, another service's sweep may take it.
    const bool locked = ::flock(made.directory_.get(), LOCK_EX | LOCK_NB) == 0;
    const bool there = ::faccessat(made.directory_.get(), "cgroup.procs", W_OK, 0) == 0;
    const bool can_kill = ::faccessat(made.directory_.get(), "cgroup.kill", W_OK, 0) == 0;
    if (locked && there && can_kill && made.events_) return made;
    ::rmdir(directory.c_str());
    if (there && !can_kill) return {}; // an older kernel
  }
  return {};
}

control_group control_group::existing(const std::string& directory) {
  control_group found;
  found.open(directory);
  return found;
}

bool control_group::write(const char* file, const char* text) const {
  const unique_fd to{::openat(directory_.get(), file, O_WRONLY | O_CLOEXEC)};
  return to && ::write(to.get(), text, std::strlen(text)) > 0;
}

void control_group::enter() const {
  if (directory_) write("cgroup.procs", "0");
}

void control_group::kill() const {
  if (!directory_) return;
  write("pids.max", "0"); // only where the controller is given to us
  write("cgroup.kill", "1");
}

bool control_group::populated() const {
  std::array<char, 256> text;
  const auto count = events_ ? ::pread(events_.get(), text.data(), text.size(), 0) : 0;
  if (count <= 0) return false; // also when it was removed
  return std::string_view{text.data(), static_cast<std::size_t>(count)}.find("populated 1") !=
         std::string_view::npos;
}

bool control_group::remove() {
  if (!directory_) return true;
  remove_inner(path_);
  if (::rmdir(path_.c_str()) != 0 && errno != ENOENT) return false;
  directory_.reset();
  events_.reset();
  return true;
}

void sweep_control_groups(const std::string& directory) {
  std::error_code failed;
  for (std::filesystem::directory_iterator each{directory, failed}, end; !failed && each != end;
       each.increment(failed)) {
    if (!is_ours(each->path().filename().string())) continue;
    auto left = control_group::existing(each->path().string());
    const auto lock = open_group(each->path().string());
    if (!left || !lock || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) continue;
    left.kill();
    left.remove(); // what is not yet gone goes with the next sweep
  }
}

std::string control_group_of(std::string_view cgroup, std::string_view mounts) {
  std::string path;
  while (!cgroup.empty())
    if (const auto line = next(cgroup, '\n'); line.starts_with("0::/")) path = line.substr(3);
  // Outside of our cgroup namespace, or of a group that was removed.
  if (path.empty() || path.find("/..") != std::string::npos || path.ends_with(" (deleted)")) return {};
  while (!mounts.empty()) {
    auto line = next(mounts, '\n');
    for (int skipped = 0; skipped < 3; ++skipped)
      next(line, ' ');
    const auto root = unescaped(next(line, ' '));
    const auto where = unescaped(next(line, ' '));
    const auto separator = line.find(" - ");
    if (separator == std::string_view::npos || !line.substr(separator + 3).starts_with("cgroup2 ")) continue;
    if (const auto rest = below(root, path)) return where + *rest;
  }
  return {};
}

std::string control_group_parent(const std::string& wish) {
  constexpr std::size_t most_bytes = 1U << 20U;
  if (wish == "none") return {};
  if (!wish.empty()) return wish;
  const auto cgroup = read_text("/proc/self/cgroup", most_bytes);
  const auto mounts = read_text("/proc/self/mountinfo", most_bytes);
  return cgroup && mounts ? control_group_of(*cgroup, *mounts) : std::string{};
}

} // namespace tier2::os
