#include "platform/linux/tree/script_file.hpp"

#include "platform/linux/system_error.hpp"

#include <fcntl.h>
#include <filesystem>
#include <mutex>
#include <set>
#include <sys/file.h>
#include <sys/stat.h>

namespace tier2::os {

namespace {

constexpr std::size_t uuid_length = 36;
constexpr std::string_view random_part = "-XXXXXX";
constexpr int most_tries = 16;

bool is_ours(const std::string& name) {
  return name.size() == uuid_length + random_part.size() && name[uuid_length] == '-' &&
         parse_uuid(std::string_view{name}.substr(0, uuid_length)).has_value();
}

unique_fd open_directory(const std::string& path) {
  return unique_fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
}

bool lock(const unique_fd& directory) { return ::flock(directory.get(), LOCK_EX | LOCK_NB) == 0; }

result<void> prepare(const std::string& path) {
  if (!path.starts_with('/'))
    return fail(errc::invalid_argument,
                "The directory for scripts, \"" + path + "\", is not an absolute path.");
  const auto doing = "The directory for scripts, " + path + ", could not be made";
  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::path{path}.parent_path(), failed);
  if (failed) return fail_with(doing, failed.value());
  // Others may pass through to their own script but see no list.
  if (::mkdir(path.c_str(), 0711) == 0) {
    if (::chmod(path.c_str(), 0711) != 0) return fail_with(doing, errno); // whatever the umask was
  } else if (errno != EEXIST) {
    return fail_with(doing, errno);
  }
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) return fail_with(doing, errno);
  if (!S_ISDIR(found.st_mode) || found.st_uid != ::geteuid() || (found.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return fail(errc::permission_denied, "The directory for scripts, " + path +
                                             ", is no directory of ours that only we can write to; no script "
                                             "was started. Remove it, or mend it with: chmod 711 " +
                                             path);
  return {};
}

void sweep_once(const std::string& directory) {
  static std::mutex mutex;
  static std::set<std::string> done;
  const std::lock_guard held{mutex};
  if (done.insert(directory).second) sweep_scripts(directory);
}

} // namespace

void sweep_scripts(const std::string& directory) {
  std::error_code failed;
  for (std::filesystem::directory_iterator each{directory, failed}, end; !failed && each != end;
       each.increment(failed)) {
    if (!is_ours(each->path().filename().string())) continue;
    const auto left = open_directory(each->path().string());
    if (!left || !lock(left)) continue;
    std::error_code ignored;
    std::filesystem::remove_all(each->path(), ignored); // follows no link
  }
}

result<script_file> script_file::write(const std::string& directory, const uuid& command,
                                       std::string_view suffix, std::string_view text, uid_t user,
                                       gid_t group) {
  if (const auto ready = prepare(directory); !ready) return tl::unexpected(ready.error());
  sweep_once(directory);
  const std::string doing = "The script could not be written below " + directory;
  script_file script;
  struct stat found{};
  // Between making and locking another service's sweep may take it.
  for (int tries = 0; tries < most_tries && found.st_nlink == 0; ++tries) {
    script.directory_path_ = directory + "/" + to_string(command) + std::string{random_part};
    if (::mkdtemp(script.directory_path_.data()) == nullptr) {
      const int number = errno;
      script.directory_path_.clear();
      return fail_with(doing, number);
    }
    script.directory_ = open_directory(script.directory_path_);
    if (!script.directory_ || !lock(script.directory_) || ::fstat(script.directory_.get(), &found) != 0)
      found = {};
  }
  if (found.st_nlink == 0) return fail(errc::in_use, doing + ": something there removes what is new.");
  const auto name = "script" + std::string{suffix};
  script.path_ = script.directory_path_ + "/" + name;
  const unique_fd file{::openat(script.directory_.get(), name.c_str(),
                                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400)};
  if (!file) return fail_with(doing, errno);
  while (!text.empty()) {
    const auto count = ::write(file.get(), text.data(), text.size());
    if (count < 0 && errno != EINTR) return fail_with(doing, errno);
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
  // The directory stays ours: what the account could put there would be left for us to remove.
  if (::fchown(file.get(), user, group) != 0 || ::fchmod(script.directory_.get(), 0711) != 0)
    return fail_with(doing, errno);
  return script;
}

script_file::~script_file() {
  if (directory_path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(directory_path_, ignored);
}

} // namespace tier2::os
