#pragma once

#include "messages/digest.hpp"
#include "messages/frame.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace tier2::cloud {

/// Uploads that are not whole yet: `<directory>/incoming/<name of the upload>/<part>`. They outlive a
/// restart, so that an upload goes on where it was.
class incoming_area {
public:
  static result<incoming_area> open(const std::string& directory);

  /// Bytes that are there, by part; empty for an upload that is new.
  std::map<std::uint32_t, std::uint64_t> sizes(const digest& upload) const;
  /// Writes at `offset`, which is where the part ends so far. `disk_full`, `io_failed`: then the part is
  /// unchanged.
  result<void> append(const digest& upload, std::uint32_t part, std::uint64_t offset,
                      std::span<const std::byte> bytes) const;
  /// The file of a part, made when it is missing (a part of no bytes is never sent).
  result<std::string> file(const digest& upload, std::uint32_t part) const;
  void remove_part(const digest& upload, std::uint32_t part) const;
  void remove(const digest& upload) const;
  /// Removes uploads to which nothing was added since `before`; the number of them.
  std::size_t remove_stale(wall_time before) const;

private:
  explicit incoming_area(std::string directory) : directory_{std::move(directory)} {}
  std::string path(const digest& upload) const;
  std::string directory_;
};

} // namespace tier2::cloud
