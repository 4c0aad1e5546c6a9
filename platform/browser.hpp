#pragma once

#include "messages/error.hpp"

#include <string>
#include <vector>

namespace tier2 {

/// Opens a file path or an address in the user's browser. `command` comes from the configuration: program and
/// arguments with "{}" for the target; empty: the desktop's own way. `not_found` says what to install or set.
result<void> open_in_browser(const std::vector<std::string>& command, const std::string& target);

} // namespace tier2
