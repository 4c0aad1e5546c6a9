#pragma once

#include "messages/error.hpp"

#include <string>
#include <string_view>

namespace tier2::os {

/// The value of a key in the text of an os-release (os-release(5)), without its quotes; empty when it is not
/// there.
std::string os_release_value(std::string_view text, std::string_view key);

/// "debian 12" from the text of an os-release; "linux" when it says nothing.
std::string short_os_name(std::string_view os_release);

/// How long the machine has been up and since when, from the texts of /proc/uptime and /proc/stat.
result<std::string> describe_uptime(std::string_view uptime, std::string_view stat);

/// The text of /etc/os-release, or of its copy in /usr/lib.
std::string os_release_text();

result<std::string> operating_system();
result<std::string> uptime();

} // namespace tier2::os
