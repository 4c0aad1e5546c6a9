#pragma once

#include <map>
#include <string>

namespace tier2 {

/// Who is at the other end, by the kernel's word.
struct peer_identity {
  std::string account; ///< Numeric user id, or a SID.
  std::string user;    ///< Name; the account when it has none.
  std::string session; ///< Login session, or empty when the system knows none.
  bool privileged{};   ///< Root or LocalSystem.
  bool same_user{};    ///< The account that we run as.
  /// What a program for the session's desktop needs (DISPLAY and the like), by the peer's own word: of use
  /// only for what runs as that user.
  std::map<std::string, std::string> environment;
};

} // namespace tier2
