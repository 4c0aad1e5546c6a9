#pragma once

#include "messages/digest.hpp"
#include "messages/error.hpp"
#include "messages/frame.hpp"

#include <functional>
#include <string>

namespace tier2::cloud {

/// Bulk, named by what it is: `<directory>/content/ab/cdef…`, BLAKE2b-256 in hex, files 0600 in directories
/// 0700. The same bytes in two tickets are kept once; nothing here is ever changed.
class content_store {
public:
  static result<content_store> open(const std::string& directory);

  /// Syncs a file whose digest the caller has verified and moves it here; true when it was not here before.
  result<bool> take(const std::string& file, const digest& name) const;
  /// Removes one that no ticket has; success when there is none.
  result<void> remove(const digest& name) const;
  /// Where the bytes are; there may be no such file.
  std::string path(const digest& name) const;

  /// Removes what nobody knows and what was not changed since `before`; the number of them. What a crash left
  /// between the move of a ticket's files and its commit.
  std::size_t remove_unknown(const std::function<bool(const digest&)>& known, wall_time before) const;

private:
  explicit content_store(std::string directory) : directory_{std::move(directory)} {}
  std::string directory_;
};

/// BLAKE2b-256 of a file as it is on the disk.
result<digest> digest_of_file(const std::string& path);

/// `disk_full` for ENOSPC and EDQUOT, else `io_failed`; `doing` names what failed, for people.
tl::unexpected<error> fail_from_errno(const std::string& doing);

} // namespace tier2::cloud
