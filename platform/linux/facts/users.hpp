#pragma once

#include "messages/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tier2::os {

/// "ann on :0 since 2025-01-31 14:05 UTC" for each login session in the bytes of a utmp file (utmp(5)).
std::vector<std::string> utmp_sessions(std::string_view bytes);

/// The same, without times, from `loginctl list-sessions --no-legend`.
std::vector<std::string> loginctl_sessions(std::string_view text);

/// Who is logged in: utmp, else loginctl, else at least who we run as.
result<std::string> logged_in_users();

/// The last errors of this boot's journal.
result<std::string> journal_errors();

} // namespace tier2::os
