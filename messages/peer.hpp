#pragma once

#include <string>

namespace tier2 {

/// Who is at the other end, by the kernel's word.
struct peer_identity {
  std::string account; ///< Numeric user id, or a SID.
  std::string user;    ///< Name; the account when it has none.
  std::string session; ///< Login session, or empty when the system knows none.
  bool privileged{};   ///< Root or LocalSystem.
  bool same_user{};    ///< The account that we run as.
};

} // namespace tier2
