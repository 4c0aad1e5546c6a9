#pragma once

#include "messages/error.hpp"
#include "messages/frame.hpp"
#include "messages/wiping_allocator.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace tier2 {

/// Which file this is: a copy of it, brought back from a backup, is another one.
struct file_identity {
  std::uint64_t number{}; ///< Inode, or file index.
  std::int64_t born{};    ///< Nanoseconds since 1970, or 0 where the file system does not tell.
  bool operator==(const file_identity&) const = default;
};

/// A private file (0600) that only grows: what was appended is on the disk when `append` returns.
class append_file {
public:
  struct opened {
    std::unique_ptr<append_file> file;
    private_bytes content;
    file_identity identity;
    wall_time changed{}; ///< When anybody last changed it or its name, by the system's clock then.
  };
  /// `not_found`, `permission_denied` for wider permissions, `too_large`, `io_failed`.
  static result<opened> open(const std::string& path, std::size_t max_bytes);
  /// Makes a file whose first bytes may depend on its identity, in place of the one that is there, whole or
  /// not at all.
  static result<std::unique_ptr<append_file>>
  create(const std::string& path, const std::function<private_bytes(const file_identity&)>& begin);

  virtual ~append_file() = default;
  /// On failure (`disk_full`, `io_failed`; `conflict` when the file is no longer in its directory, so that
  /// nobody would read what is written) the file is as long as before. Without `sync` a power cut may lose
  /// it.
  virtual result<void> append(std::span<const std::byte> bytes, bool sync) = 0;
  virtual std::uint64_t size() const = 0;
};

} // namespace tier2
