#include "platform/private_file.hpp"

#include "platform/linux/private_open.hpp"
#include "platform/linux/system_error.hpp"
#include "platform/linux/unique_fd.hpp"

#include <array>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>

namespace tier2 {

namespace {

using os::check_private;
using os::fail_with;
using os::open_new;
using os::parent_of;
using os::sync_directory;
using os::unique_fd;
using os::write_all;

} // namespace

result<void> make_private_directory(const std::string& path) {
  if (path.empty()) return fail(errc::invalid_argument, "A directory without a name cannot be made.");
  int number = ::mkdir(path.c_str(), 0700) == 0 ? 0 : errno;
  if (number == ENOENT) {
    const auto parent = parent_of(path);
    if (parent == path) return fail_with("Could not make the directory " + path, number);
    if (auto made = make_private_directory(parent); !made) return made;
    number = ::mkdir(path.c_str(), 0700) == 0 ? 0 : errno;
  }
  if (number != 0 && number != EEXIST) return fail_with("Could not make the directory " + path, number);
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) return fail_with("Could not look at " + path, errno);
  if (!S_ISDIR(found.st_mode))
    return fail(errc::permission_denied,
                path + " is not a directory. Look at what it is and move it out of the way.");
  return check_private(found, path, "700");
}

result<private_bytes> read_private_file(const std::string& path, std::size_t max_bytes) {
  // Non-blocking, so that a pipe of that name cannot hold us.
  const unique_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)};
  if (!file && errno == ELOOP)
    return fail(errc::permission_denied,
                path + " is a symbolic link, which is not followed for a secret. Put the file itself there.");
  if (!file) return fail_with("Could not read " + path, errno);
  struct stat found{};
  if (::fstat(file.get(), &found) != 0) return fail_with("Could not look at " + path, errno);
  if (!S_ISREG(found.st_mode)) return fail(errc::permission_denied, path + " is not a regular file.");
  if (auto fine = check_private(found, path, "600"); !fine) return tl::unexpected(fine.error());
  const auto size = static_cast<std::uint64_t>(found.st_size);
  const auto too_large = [&] {
    return fail(errc::too_large,
                path + " is larger than the " + std::to_string(max_bytes) + " bytes that it may have.");
  };
  if (size > max_bytes) return too_large();
  private_bytes bytes(static_cast<std::size_t>(size) + 1); // one more: a file that grows is noticed
  std::size_t read = 0;
  while (read < bytes.size()) {
    const auto count = ::read(file.get(), bytes.data() + read, bytes.size() - read);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_with("Could not read " + path, errno);
    if (count == 0) break;
    read += static_cast<std::size_t>(count);
  }
  if (read > size) return fail(errc::io_failed, path + " changed while it was read. Try again.");
  bytes.resize(read);
  return bytes;
}

result<void> write_private_file(const std::string& path, std::span<const std::byte> bytes) {
  const auto fresh = path + ".new";
  auto file = open_new(fresh);
  if (!file) return tl::unexpected(file.error());
  auto done = write_all(file->get(), bytes, fresh);
  if (done && ::fsync(file->get()) != 0) done = fail_with("Could not sync " + fresh, errno);
  if (done && ::rename(fresh.c_str(), path.c_str()) != 0)
    done = fail_with("Could not replace " + path, errno);
  if (!done) {
    ::unlink(fresh.c_str()); // still locked, so it is ours
    return done;
  }
  return sync_directory(parent_of(path));
}

result<void> erase_private_file(const std::string& path) {
  const unique_fd file{::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)};
  if (!file && errno == ENOENT) return {};
  if (!file) return fail_with("Could not open " + path + " to erase it", errno);
  struct stat found{};
  if (::fstat(file.get(), &found) != 0) return fail_with("Could not look at " + path, errno);
  if (!S_ISREG(found.st_mode))
    return fail(errc::permission_denied, path + " is not a regular file, so it was left alone.");
  const std::array<std::byte, 4096> zeros{};
  for (auto left = static_cast<std::uint64_t>(found.st_size); left > 0;) {
    const auto count = std::min<std::uint64_t>(left, zeros.size());
    if (auto written = write_all(file.get(), {zeros.data(), static_cast<std::size_t>(count)}, path); !written)
      return written;
    left -= count;
  }
  if (::fsync(file.get()) != 0) return fail_with("Could not sync " + path, errno);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail_with("Could not remove " + path, errno);
  return sync_directory(parent_of(path));
}

result<std::string> put_aside(const std::string& path) {
  constexpr int most = 8;
  const auto is_there = [](const std::string& name) {
    struct stat found{};
    return ::lstat(name.c_str(), &found) == 0;
  };
  auto aside = path + ".damaged";
  for (int i = 1; i < most && is_there(aside); ++i)
    aside = path + ".damaged." + std::to_string(i);
  if (::rename(path.c_str(), aside.c_str()) != 0)
    return fail_with(path + " cannot be used and could not be moved aside to " + aside, errno);
  return aside;
}

} // namespace tier2
