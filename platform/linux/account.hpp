#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace tier2::os {

/// The user's name, or the number when it has none. May ask the network where accounts come from there.
std::string user_name(uid_t user);

/// The session from the text of a /proc/<pid>/sessionid: empty when it is "unset" (4294967295) or no number.
std::string session_from_audit(std::string_view text);

/// The login's account from the text of a /proc/<pid>/loginuid: nothing when it is "unset" or no number.
std::optional<uid_t> account_from_audit(std::string_view text);

/// Where systemd-logind has put a process, by the text of its /proc/<pid>/cgroup. Only systemd's own
/// hierarchy counts and only from its root: below what is delegated to them, users make what names they like.
struct login_place {
  std::string session;     ///< The X of /user.slice/user-<user>.slice/session-X.scope, else empty.
  bool below_user_slice{}; ///< In that session, or anywhere else in this user's slice.
};
login_place place_from_cgroup(std::string_view text, uid_t user);

/// The effective user from the text of a /proc/<pid>/status.
std::optional<uid_t> effective_user(std::string_view status);

/// What is known of the login that a process belongs to, if the process still is one of `user`, else nothing:
/// by the time that we look, the process that connected may be gone and its number another's.
struct login {
  std::string session;          ///< Empty: none that is known by name.
  std::optional<uid_t> account; ///< Who logged in, whatever accounts the process has taken on since.
  /// In the user's own slice: only systemd puts a process there. The audit's numbers are no such proof, since
  /// a process that has none yet may give itself one (loginuid, proc(5)).
  bool proven{};
};
login login_of(pid_t process, uid_t user);
std::string session_of(pid_t process, uid_t user);

/// systemd-logind runs here: whoever is logged in has a login that can be found.
bool keeps_logins();

/// Of a process of `user`: the variables that lead to its desktop session, at most 4 KiB each. Nothing else,
/// above all nothing that changes how programs are loaded.
std::map<std::string, std::string> session_environment(pid_t process, uid_t user);

/// The text of a small file of /proc or /etc, at most `max_bytes`; nothing when it cannot be read.
std::optional<std::string> read_text(const std::string& path, std::size_t max_bytes);

} // namespace tier2::os
