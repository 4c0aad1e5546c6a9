#include "tools/cloud/incoming_area.hpp"

#include "platform/private_file.hpp"
#include "tools/cloud/content_store.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace tier2::cloud {

namespace fs = std::filesystem;

namespace {

wall_time changed(const fs::path& path) {
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0) return wall_time::min();
  return wall_time{std::chrono::seconds{about.st_mtim.tv_sec}};
}

result<int> open_part(const std::string& upload, std::uint32_t part) {
  if (::mkdir(upload.c_str(), 0700) != 0 && errno != EEXIST) return fail_from_errno("Making " + upload);
  const std::string path = upload + "/" + std::to_string(part);
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return fail_from_errno("Writing " + path);
  return file;
}

} // namespace

result<incoming_area> incoming_area::open(const std::string& directory) {
  const std::string incoming = directory + "/incoming";
  if (auto made = make_private_directory(incoming); !made) return tl::unexpected(made.error());
  return incoming_area{incoming};
}

std::string incoming_area::path(const digest& upload) const { return directory_ + "/" + to_string(upload); }

std::map<std::uint32_t, std::uint64_t> incoming_area::sizes(const digest& upload) const {
  std::map<std::uint32_t, std::uint64_t> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator{path(upload), ignored}) {
    const std::string name = entry.path().filename().string();
    std::uint32_t part = 0;
    const auto [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), part);
    if (wrong != std::errc{} || end != name.data() + name.size()) continue;
    std::error_code unreadable;
    const auto bytes = entry.file_size(unreadable);
    if (!unreadable && bytes > 0) found[part] = bytes;
  }
  return found;
}

result<void> incoming_area::append(const digest& upload, std::uint32_t part, std::uint64_t offset,
                                   std::span<const std::byte> bytes) const {
  const auto file = open_part(path(upload), part);
  if (!file) return tl::unexpected(file.error());
  std::size_t written = 0;
  while (written < bytes.size()) {
    const auto put =
        ::pwrite(*file, bytes.data() + written, bytes.size() - written, static_cast<off_t>(offset + written));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      const auto why = fail_from_errno("Writing part " + std::to_string(part) + " of an upload");
      [[maybe_unused]] const int cut = ::ftruncate(*file, static_cast<off_t>(offset));
      ::close(*file);
      return why;
    }
    written += static_cast<std::size_t>(put);
  }
  ::close(*file);
  return {};
}

result<std::string> incoming_area::file(const digest& upload, std::uint32_t part) const {
  const auto file = open_part(path(upload), part);
  if (!file) return tl::unexpected(file.error());
  ::close(*file);
  return path(upload) + "/" + std::to_string(part);
}

void incoming_area::remove_part(const digest& upload, std::uint32_t part) const {
  std::error_code ignored;
  fs::remove(path(upload) + "/" + std::to_string(part), ignored);
}

void incoming_area::remove(const digest& upload) const {
  std::error_code ignored;
  fs::remove_all(path(upload), ignored);
}

std::size_t incoming_area::remove_stale(wall_time before) const {
  std::size_t removed = 0;
  std::error_code ignored;
  for (const auto& upload : fs::directory_iterator{directory_, ignored}) {
    auto newest = changed(upload.path());
    std::error_code unreadable;
    for (const auto& part : fs::directory_iterator{upload.path(), unreadable})
      newest = std::max(newest, changed(part.path()));
    if (newest >= before) continue;
    fs::remove_all(upload.path(), unreadable);
    ++removed;
  }
  return removed;
}

} // namespace tier2::cloud
