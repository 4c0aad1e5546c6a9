#include "platform/linux/account.hpp"
#include "platform/linux/system_error.hpp"
#include "platform/linux/unique_fd.hpp"
#include "platform/private_file.hpp"
#include "platform/process.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace tier2 {

namespace {

class file_lock final : public instance_lock {
public:
  explicit file_lock(os::unique_fd file) : file_{std::move(file)} {}

private:
  os::unique_fd file_;
};

result<void> check_directory(const std::string& path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0)
    return errno == ENOENT ? make_private_directory(path) : os::fail_with("Could not look at " + path, errno);
  if (!S_ISDIR(found.st_mode))
    return fail(errc::permission_denied,
                path + " is not a directory. Look at what it is and move it out of the way.");
  if (found.st_uid != ::geteuid())
    return fail(errc::permission_denied,
                path + " belongs to " + os::user_name(found.st_uid) +
                    ", so it is not used. Set `runtime` in [paths] to a directory of your own.");
  if ((found.st_mode & 022U) != 0)
    return fail(errc::permission_denied,
                "Others may write to " + path + ", so it is not used. Run: chmod 700 " + path);
  return {};
}

} // namespace

result<std::unique_ptr<instance_lock>> instance_lock::acquire(const std::string& directory,
                                                              const std::string& name) {
  if (auto fine = check_directory(directory); !fine) return tl::unexpected(fine.error());
  const auto path = directory + "/" + name + ".lock";
  os::unique_fd file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file) return os::fail_with("Could not open " + path, errno);
  // The kernel lets go of it with the process, so a crash leaves nothing to tidy; the file itself stays.
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return std::make_unique<file_lock>(std::move(file));
  if (errno != EWOULDBLOCK) return os::fail_with("Could not lock " + path, errno);
  return fail(errc::already_running, name + " is already running here (it holds " + path + ").");
}

} // namespace tier2
