#include "platform/append_file.hpp"

#include "platform/linux/private_open.hpp"
#include "platform/linux/system_error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tier2 {

namespace {

using os::fail_with;
using os::unique_fd;

constexpr std::int64_t billion = 1'000'000'000;

struct looked {
  struct stat known{};
  file_identity identity;
  wall_time changed{};
};

result<looked> look_at(int file, const std::string& path) {
  looked found;
  if (::fstat(file, &found.known) != 0) return fail_with("Could not look at " + path, errno);
  struct statx more{};
  const bool born =
      ::statx(file, "", AT_EMPTY_PATH, STATX_BTIME, &more) == 0 && (more.stx_mask & STATX_BTIME) != 0;
  found.identity = {found.known.st_ino, born ? more.stx_btime.tv_sec * billion + more.stx_btime.tv_nsec : 0};
  found.changed = wall_time{
      std::chrono::duration_cast<wall_time::duration>(std::chrono::seconds{found.known.st_ctim.tv_sec} +
                                                      std::chrono::nanoseconds{found.known.st_ctim.tv_nsec})};
  return found;
}

class linux_append_file final : public append_file {
public:
  linux_append_file(unique_fd file, std::string path, std::uint64_t size)
      : file_{std::move(file)}, path_{std::move(path)}, size_{size} {}

  result<void> append(std::span<const std::byte> bytes, bool sync) override {
    struct stat known{};
    if (::fstat(file_.get(), &known) != 0) return fail_with("Could not look at " + path_, errno);
    if (known.st_nlink == 0)
      return fail(errc::conflict,
                  "Another program has removed or replaced " + path_ +
                      " while this one used it. Nothing more is written to it: start this program "
                      "again, and once only.");
    auto done = os::write_all(file_.get(), bytes, path_);
    if (done && sync && ::fdatasync(file_.get()) != 0) done = fail_with("Could not sync " + path_, errno);
    if (done) {
      size_ += bytes.size();
      return done;
    }
    // What cannot be taken back is worse than what could not be written: the next append would follow a torn
    // one.
    if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0)
      return fail(errc::io_failed, done.error().what + " The torn end could not be taken back either.");
    return done;
  }
  std::uint64_t size() const override { return size_; }

private:
  unique_fd file_;
  std::string path_;
  std::uint64_t size_;
};

constexpr int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

} // namespace

result<append_file::opened> append_file::open(const std::string& path, std::size_t max_bytes) {
  unique_fd file{::open(path.c_str(), flags)};
  if (!file) return fail_with("Could not open " + path, errno);
  const auto found = look_at(file.get(), path);
  if (!found) return tl::unexpected(found.error());
  if (!S_ISREG(found->known.st_mode)) return fail(errc::permission_denied, path + " is not a regular file.");
  if (auto fine = os::check_private(found->known, path, "600"); !fine) return tl::unexpected(fine.error());
  const auto size = static_cast<std::uint64_t>(found->known.st_size);
  if (size > max_bytes)
    return fail(errc::too_large,
                path + " is larger than the " + std::to_string(max_bytes) + " bytes it may have.");
  private_bytes content(static_cast<std::size_t>(size));
  for (std::size_t read = 0; read < content.size();) {
    const auto count =
        ::pread(file.get(), content.data() + read, content.size() - read, static_cast<off_t>(read));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_with("Could not read " + path, errno);
    if (count == 0) return fail(errc::io_failed, path + " became shorter while it was read.");
    read += static_cast<std::size_t>(count);
  }
  return opened{std::make_unique<linux_append_file>(std::move(file), path, size), std::move(content),
                found->identity, found->changed};
}

result<std::unique_ptr<append_file>>
append_file::create(const std::string& path,
                    const std::function<private_bytes(const file_identity&)>& begin) {
  const auto fresh = path + ".new";
  auto file = os::open_new(fresh);
  if (!file) return tl::unexpected(file.error());
  const auto fail_and_remove = [&](const error& why) {
    ::unlink(fresh.c_str());
    return tl::unexpected(why);
  };
  const auto found = look_at(file->get(), fresh);
  if (!found) return fail_and_remove(found.error());
  const auto bytes = begin(found->identity);
  auto done = os::write_all(file->get(), bytes, fresh);
  if (done && ::fsync(file->get()) != 0) done = fail_with("Could not sync " + fresh, errno);
  if (done && ::rename(fresh.c_str(), path.c_str()) != 0)
    done = fail_with("Could not replace " + path, errno);
  if (!done) return fail_and_remove(done.error());
  if (auto synced = os::sync_directory(os::parent_of(path)); !synced) return tl::unexpected(synced.error());
  unique_fd again{::open(path.c_str(), flags)};
  if (!again) return fail_with("Could not open " + path, errno);
  return std::make_unique<linux_append_file>(std::move(again), path, bytes.size());
}

} // namespace tier2
