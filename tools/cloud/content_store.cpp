#include "tools/cloud/content_store.hpp"

#include "platform/crypto/digest.hpp"
#include "platform/private_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace tier2::cloud {

namespace {

struct descriptor {
  int number;
  explicit descriptor(int opened) : number{opened} {}
  ~descriptor() {
    if (number >= 0) ::close(number);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
};

result<void> sync(const std::string& path, int flags) {
  const descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags)};
  if (file.number < 0 || ::fsync(file.number) != 0)
    return fail_from_errno("Writing " + path + " to the disk");
  return {};
}

} // namespace

tl::unexpected<error> fail_from_errno(const std::string& doing) {
  const int why = errno;
  if (why == ENOSPC || why == EDQUOT)
    return fail(errc::disk_full,
                "The server's disk is full; nothing was kept. Try again when there is room.");
  return fail(errc::io_failed, doing + " failed: " + std::generic_category().message(why) + ".");
}

result<content_store> content_store::open(const std::string& directory) {
  const std::string content = directory + "/content";
  if (auto made = make_private_directory(content); !made) return tl::unexpected(made.error());
  return content_store{content};
}

std::string content_store::path(const digest& name) const {
  const std::string hex = to_string(name);
  return directory_ + "/" + hex.substr(0, 2) + "/" + hex.substr(2);
}

result<bool> content_store::take(const std::string& file, const digest& name) const {
  const std::string to = path(name);
  struct stat about{};
  if (::stat(to.c_str(), &about) == 0) { // the digest is the name: the same bytes are there
    ::unlink(file.c_str());
    return false;
  }
  const std::string shelf = to.substr(0, to.rfind('/'));
  const bool new_shelf = ::mkdir(shelf.c_str(), 0700) == 0;
  if (!new_shelf && errno != EEXIST) return fail_from_errno("Making " + shelf);
  if (auto synced = sync(file, 0); !synced) return tl::unexpected(synced.error());
  if (::rename(file.c_str(), to.c_str()) != 0) return fail_from_errno("Moving an upload to " + to);
  if (auto synced = sync(shelf, O_DIRECTORY); !synced) return tl::unexpected(synced.error());
  if (new_shelf)
    if (auto synced = sync(directory_, O_DIRECTORY); !synced) return tl::unexpected(synced.error());
  return true;
}

result<void> content_store::remove(const digest& name) const {
  if (::unlink(path(name).c_str()) == 0 || errno == ENOENT) return {};
  return fail_from_errno("Removing " + path(name));
}

std::size_t content_store::remove_unknown(const std::function<bool(const digest&)>& known,
                                          wall_time before) const {
  namespace fs = std::filesystem;
  std::size_t removed = 0;
  std::error_code unreadable;
  for (const auto& shelf : fs::directory_iterator{directory_, unreadable}) {
    std::error_code no_shelf;
    for (const auto& file : fs::directory_iterator{shelf.path(), no_shelf}) {
      const auto name = parse_digest(shelf.path().filename().string() + file.path().filename().string());
      struct stat about{};
      if (!name || ::stat(file.path().c_str(), &about) != 0) continue;
      const wall_time changed{std::chrono::seconds{about.st_mtim.tv_sec}};
      if (changed >= before || known(*name)) continue;
      if (::unlink(file.path().c_str()) == 0) ++removed;
    }
  }
  return removed;
}

result<digest> digest_of_file(const std::string& path) {
  const descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (file.number < 0) return fail_from_errno("Reading " + path);
  digest_stream stream;
  std::array<std::byte, 64U << 10U> buffer{};
  while (true) {
    const auto got = ::read(file.number, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_from_errno("Reading " + path);
    if (got == 0) return stream.finish();
    stream.update(std::span{buffer}.first(static_cast<std::size_t>(got)));
  }
}

} // namespace tier2::cloud
