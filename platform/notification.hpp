#pragma once

#include "messages/error.hpp"

#include <string>

namespace tier2 {

/// Shows a desktop notification to the user of this session. `from` is who says it. `not_found` says what to
/// install.
result<void> notify_user(const std::string& from, const std::string& title, const std::string& body);

} // namespace tier2
