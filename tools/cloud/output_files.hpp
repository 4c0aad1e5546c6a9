#pragma once

#include "messages/error.hpp"
#include "messages/uuid.hpp"
#include "tools/cloud/delivery.hpp"

#include <cstddef>
#include <list>
#include <map>
#include <span>
#include <string>

namespace tier2::cloud {

/// What commands wrote: `<directory>/output/<jti>/<agent>.<part>` with part 1 for stdout and 2 for stderr; a
/// byte's place in the file is its place in the stream, and what was lost between is a hole that reads as
/// zeros. Files stay open while they are written, at most `most_open` of them. For one thread, but `read`.
class output_files {
public:
  static constexpr std::size_t most_open = 64;

  static result<output_files> open(const std::string& directory);
  output_files(output_files&&) noexcept;
  output_files& operator=(output_files&&) = delete;
  ~output_files();

  /// `disk_full`, `io_failed`; part of the bytes may be there then, and is written again later.
  result<void> write(const uuid& command, const uuid& agent, output_stream stream, std::uint64_t position,
                     std::span<const std::byte> bytes);
  /// Exactly `count` bytes; what the file does not have (a power cut ate it) is zeros. From any thread.
  result<std::string> read(const uuid& command, const uuid& agent, output_stream stream,
                           std::uint64_t position, std::size_t count) const;

  /// Removes all that a command wrote; false when something of it is still there.
  bool remove(const uuid& command);

  std::string path(const uuid& command, const uuid& agent, output_stream stream) const;

private:
  struct opened {
    std::string path;
    int file{-1};
  };
  explicit output_files(std::string directory) : directory_{std::move(directory)} {}
  result<int> file_at(const uuid& command, const std::string& path);

  std::string directory_;
  std::list<opened> recent_; ///< The one that was used last is the first.
  std::map<std::string, std::list<opened>::iterator> by_path_;
};

} // namespace tier2::cloud
