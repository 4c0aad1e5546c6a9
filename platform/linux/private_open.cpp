#include "platform/linux/private_open.hpp"

#include "platform/linux/account.hpp"
#include "platform/linux/system_error.hpp"

#include <cstdio>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace tier2::os {

namespace {

std::string octal(mode_t mode) {
  char text[8];
  static_cast<void>(std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777U)));
  return text;
}

} // namespace

result<void> check_private(const struct stat& found, const std::string& path, const char* right_mode) {
  if (found.st_uid != ::geteuid())
    return fail(errc::permission_denied,
                path + " belongs to " + user_name(found.st_uid) + " and not to " + user_name(::geteuid()) +
                    ", so it cannot be trusted with a secret. If it is the right one, run: chown " +
                    user_name(::geteuid()) + " " + path);
  if ((found.st_mode & 077U) != 0)
    return fail(errc::permission_denied, path + " has the permissions " + octal(found.st_mode) +
                                             ", so others than its owner can get at it. Run: chmod " +
                                             right_mode + " " + path);
  return {};
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

result<void> write_all(int file, std::span<const std::byte> bytes, const std::string& path) {
  while (!bytes.empty()) {
    const auto count = ::write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_with("Could not write " + path, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

result<void> sync_directory(const std::string& path) {
  const unique_fd directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory) return fail_with("Could not open the directory " + path, errno);
  // Some file systems cannot sync a directory (EINVAL) and need not.
  if (::fsync(directory.get()) != 0 && errno != EINVAL)
    return fail_with("Could not sync the directory " + path, errno);
  return {};
}

result<unique_fd> open_new(const std::string& path) {
  for (;;) {
    unique_fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600)};
    if (!file) return fail_with("Could not make " + path, errno);
    while (::flock(file.get(), LOCK_EX) != 0)
      if (errno != EINTR) return fail_with("Could not lock " + path, errno);
    struct stat opened{}, named{};
    if (::fstat(file.get(), &opened) != 0) return fail_with("Could not look at " + path, errno);
    if (::lstat(path.c_str(), &named) != 0 || named.st_ino != opened.st_ino || named.st_dev != opened.st_dev)
      continue; // another writer has renamed it meanwhile
    if (!S_ISREG(opened.st_mode) || opened.st_uid != ::geteuid() || opened.st_nlink != 1)
      return fail(errc::permission_denied,
                  path + " is in the way and not ours. Look at what it is and remove it.");
    if (::fchmod(file.get(), 0600) != 0 || ::ftruncate(file.get(), 0) != 0)
      return fail_with("Could not empty " + path, errno);
    return file;
  }
}

} // namespace tier2::os
