#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace tier2::os {

/// The user's name, or the number when it has none. May ask the network where accounts come from there.
std::string user_name(uid_t user);

/// The session from the text of a /proc/<pid>/sessionid: empty when it is "unset" (4294967295) or no number.
std::string session_from_audit(std::string_view text);

/// The session from the text of a /proc/<pid>/cgroup: the N of a "session-N.scope" (systemd-logind), else
/// empty.
std::string session_from_cgroup(std::string_view text);

/// The effective user from the text of a /proc/<pid>/status.
std::optional<uid_t> effective_user(std::string_view status);

/// The login session of a process if it still is one of `user`, else empty: by the time that we look, the
/// process that connected may be gone and its number another's.
std::string session_of(pid_t process, uid_t user);

/// The text of a small file of /proc or /etc, at most `max_bytes`; nothing when it cannot be read.
std::optional<std::string> read_text(const std::string& path, std::size_t max_bytes);

} // namespace tier2::os
