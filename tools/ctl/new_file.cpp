#include "tools/ctl/new_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tier2::ctl {

namespace {

tl::unexpected<error> failed(const std::string& what, const std::string& path) {
  const int why = errno;
  return fail(why == ENOSPC ? errc::disk_full : errc::io_failed,
              "Could not " + what + " " + path + ": " + std::generic_category().message(why) + ".");
}

tl::unexpected<error> already_there(const std::string& path) {
  return fail(errc::conflict,
              path + " is already there, and was left as it is. Name another file, or say --force.");
}

} // namespace

new_file::new_file(std::string path, std::string beside, int file, bool replace)
    : path_{std::move(path)}, beside_{std::move(beside)}, file_{file}, replace_{replace} {}

new_file::new_file(new_file&& other) noexcept
    : path_{std::move(other.path_)}, beside_{std::exchange(other.beside_, {})},
      file_{std::exchange(other.file_, -1)}, replace_{other.replace_} {}

new_file::~new_file() {
  if (file_ >= 0) ::close(file_);
  if (!beside_.empty()) ::unlink(beside_.c_str());
}

result<new_file> new_file::open(const std::string& path, bool replace) {
  std::error_code unknown;
  const auto there = std::filesystem::symlink_status(path, unknown);
  if (!replace && std::filesystem::exists(there)) return already_there(path);
  if (std::filesystem::is_directory(there))
    return fail(errc::invalid_argument, path + " is a directory; name a file.");
  std::string beside = path + ".XXXXXX";
  const int file = ::mkostemp(beside.data(), O_CLOEXEC); // 0600
  if (file < 0) return failed("make a file beside", path);
  return new_file{path, beside, file, replace};
}

result<void> new_file::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(file_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("write", path_);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

result<void> new_file::keep() {
  if (::fsync(file_) != 0) return failed("write", path_);
  if (replace_) {
    if (::rename(beside_.c_str(), path_.c_str()) != 0) return failed("make", path_);
    beside_.clear();
    return {};
  }
  if (::renameat2(AT_FDCWD, beside_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0) {
    beside_.clear();
    return {};
  }
  if (errno == EEXIST) return already_there(path_);
  if (errno != EINVAL && errno != ENOSYS) return failed("make", path_);
  // A file system that knows no such renaming; a second name is not given to what is there either.
  if (::link(beside_.c_str(), path_.c_str()) == 0) return {}; // the first name goes in the end
  return errno == EEXIST ? already_there(path_) : failed("make", path_);
}

} // namespace tier2::ctl
