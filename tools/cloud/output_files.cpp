#include "tools/cloud/output_files.hpp"

#include "platform/private_file.hpp"
#include "tools/cloud/content_store.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace tier2::cloud {

result<output_files> output_files::open(const std::string& directory) {
  const std::string output = directory + "/output";
  if (auto made = make_private_directory(output); !made) return tl::unexpected(made.error());
  return output_files{output};
}

output_files::output_files(output_files&& other) noexcept
    : directory_{std::move(other.directory_)}, recent_{std::move(other.recent_)},
      by_path_{std::move(other.by_path_)} {
  other.recent_.clear();
  other.by_path_.clear();
}

output_files::~output_files() {
  for (const auto& each : recent_)
    ::close(each.file);
}

std::string output_files::path(const uuid& command, const uuid& agent, output_stream stream) const {
  return directory_ + "/" + to_string(command) + "/" + to_string(agent) +
         (stream == output_stream::out ? ".1" : ".2");
}

result<int> output_files::file_at(const uuid& command, const std::string& path) {
  if (const auto found = by_path_.find(path); found != by_path_.end()) {
    recent_.splice(recent_.begin(), recent_, found->second);
    return found->second->file;
  }
  const std::string folder = directory_ + "/" + to_string(command);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return fail_from_errno("Making " + folder);
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return fail_from_errno("Writing " + path);
  if (recent_.size() >= most_open) {
    ::close(recent_.back().file);
    by_path_.erase(recent_.back().path);
    recent_.pop_back();
  }
  recent_.push_front({path, file});
  by_path_[path] = recent_.begin();
  return file;
}

result<void> output_files::write(const uuid& command, const uuid& agent, output_stream stream,
                                 std::uint64_t position, std::span<const std::byte> bytes) {
  const std::string to = path(command, agent, stream);
  const auto file = file_at(command, to);
  if (!file) return tl::unexpected(file.error());
  std::size_t written = 0;
  while (written < bytes.size()) {
    const auto put = ::pwrite(*file, bytes.data() + written, bytes.size() - written,
                              static_cast<off_t>(position + written));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail_from_errno("Writing output to " + to);
    written += static_cast<std::size_t>(put);
  }
  return {};
}

bool output_files::remove(const uuid& command) {
  const std::string folder = directory_ + "/" + to_string(command);
  std::erase_if(recent_, [&](const opened& each) {
    if (!each.path.starts_with(folder + "/")) return false;
    ::close(each.file);
    by_path_.erase(each.path);
    return true;
  });
  std::error_code failed;
  std::filesystem::remove_all(folder, failed);
  return !failed;
}

result<std::string> output_files::read(const uuid& command, const uuid& agent, output_stream stream,
                                       std::uint64_t position, std::size_t count) const {
  const std::string from = path(command, agent, stream);
  std::string bytes(count, '\0');
  const int file = ::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0 && errno == ENOENT) return bytes;
  if (file < 0) return fail_from_errno("Reading " + from);
  std::size_t got = 0;
  while (got < count) {
    const auto more = ::pread(file, bytes.data() + got, count - got, static_cast<off_t>(position + got));
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) break;
    got += static_cast<std::size_t>(more);
  }
  ::close(file);
  return bytes;
}

} // namespace tier2::cloud
