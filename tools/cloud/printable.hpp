#pragma once

#include <string>
#include <string_view>

namespace tier2::cloud {

/// Text from outside for a log or a terminal: control bytes and what is not ASCII become \xNN, cut at 200
/// bytes.
std::string printable(std::string_view text);

} // namespace tier2::cloud
