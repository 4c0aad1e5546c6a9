#pragma once

#include "messages/error.hpp"

#include <cerrno>
#include <string>
#include <system_error>

namespace tier2::os {

/// The system's own words for an error number.
inline std::string describe(int number) { return std::generic_category().message(number); }

/// The error's kind, for errors of files, directories and sockets.
inline errc kind_of(int number) {
  switch (number) {
  case ENOENT:
  case ENOTDIR:
    return errc::not_found;
  case EACCES:
  case EPERM:
  case EROFS:
    return errc::permission_denied;
  case ENOSPC:
  case EDQUOT:
    return errc::disk_full;
  default:
    return errc::io_failed;
  }
}

/// "Could not read /etc/x: No such file or directory", with the kind that fits.
inline tl::unexpected<error> fail_with(const std::string& doing, int number) {
  return fail(kind_of(number), doing + ": " + describe(number) + ".");
}

} // namespace tier2::os
