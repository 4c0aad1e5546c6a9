#pragma once

#include "messages/error.hpp"
#include "messages/uuid.hpp"
#include "platform/linux/unique_fd.hpp"

#include <string>
#include <string_view>
#include <sys/types.h>

namespace tier2::os {

/// A command's script as a plain file (0400) of the account that runs it, in a directory of its own that is
/// ours (0711): the account can put nothing there. Removed with the directory at the end.
class script_file {
public:
  /// Makes `directory` (0711, ours) when it is missing, and refuses one that others may write to. The first
  /// call for a directory removes what a killed service left there.
  static result<script_file> write(const std::string& directory, const uuid& command, std::string_view suffix,
                                   std::string_view text, uid_t user, gid_t group);
  script_file(script_file&&) = default;
  script_file& operator=(script_file&&) = delete;
  ~script_file();
  const std::string& path() const { return path_; }

private:
  script_file() = default;
  unique_fd directory_; ///< Locked (flock(2)): a sweep takes only what nobody holds.
  std::string directory_path_, path_;
};

/// Removes the scripts in the directory that no living service holds.
void sweep_scripts(const std::string& directory);

} // namespace tier2::os
