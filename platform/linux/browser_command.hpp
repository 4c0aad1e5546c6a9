#pragma once

#include <string>
#include <vector>

namespace tier2::os {

/// The arguments with every "{}" replaced by the target; it becomes the last argument when there is none.
std::vector<std::string> browser_arguments(const std::vector<std::string>& command,
                                           const std::string& target);

} // namespace tier2::os
