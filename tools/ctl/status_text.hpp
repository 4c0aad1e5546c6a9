#pragma once

#include "messages/wire/envelope.hpp"

#include <string>

namespace tier2::ctl {

/// What a person should do something about; empty: all is well.
std::vector<std::string> complaints(const wire::machine_status& now);
/// For a terminal, line by line.
std::string status_text(const wire::machine_status& now);
/// One object: the message, and `complaints`.
std::string status_json(const wire::machine_status& now);

} // namespace tier2::ctl
