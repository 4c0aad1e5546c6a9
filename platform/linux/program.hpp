#pragma once

#include "messages/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tier2::os {

/// The full path of a program: itself when it holds a slash, else the first that $PATH has. `not_found`.
result<std::string> find_program(const std::string& name);

/// The same in a given list of directories, separated by ':'.
result<std::string> find_program(const std::string& name, std::string_view directories);

/// Pointers to the arguments and a final null, as exec wants them; valid as long as `argv` is.
std::vector<char*> argument_pointers(const std::vector<std::string>& argv);

} // namespace tier2::os
