#pragma once

#include "platform/linux/tree/command_account.hpp"
#include "platform/process_tree.hpp"

#include <map>
#include <string>
#include <string_view>

namespace tier2::os {

/// Where the system's programs are.
inline constexpr std::string_view system_directories =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The whole environment of a command; nothing of our own is in it.
std::map<std::string, std::string> command_environment(const process_tree::options& what,
                                                       const command_account_entry& account);

/// The value of LANG in a text of lines NAME=value, as /etc/default/locale and /etc/locale.conf are; empty
/// when it has none or one that is no locale's name.
std::string configured_language(std::string_view text);

} // namespace tier2::os
