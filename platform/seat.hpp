#pragma once

#include <string>

namespace tier2 {

/// The account whose session is at this machine's screen and keyboard now, by the system's word
/// (systemd-logind's /run/systemd/seats/seat0): a numeric user id; empty when nobody is there or the system
/// does not tell.
std::string active_account(const std::string& seats_directory = "/run/systemd/seats");

/// True when systemd-logind says that the session of this process is locked (LockedHint). Runs loginctl, for
/// a second at most; false where there is none.
bool session_is_locked();

} // namespace tier2
