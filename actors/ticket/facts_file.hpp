#pragma once

#include "messages/ticket.hpp"

#include <string>
#include <vector>

namespace tier2 {

/// The part `system.json`: `{"facts": [{"id", "title", "text", "failed"}]}`, one fact a line, the same value
/// always the same bytes; text that is not UTF-8 is replaced by U+FFFD.
std::string encode_facts(const std::vector<fact>& facts);

} // namespace tier2
