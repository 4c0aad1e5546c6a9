#pragma once

#include "messages/error.hpp"
#include "messages/wiping_allocator.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tier2::os {

/// The full path of a program: itself when it holds a slash, else the first that $PATH has. `not_found`.
result<std::string> find_program(const std::string& name);

/// The same in a given list of directories, separated by ':'.
result<std::string> find_program(const std::string& name, std::string_view directories);

/// Like `run_program`, with bytes on the standard input, and an output that is wiped: for secrets. The input
/// must fit into a pipe (at most 16 KiB).
result<private_bytes> filter(const std::vector<std::string>& argv, std::span<const std::byte> input,
                             std::chrono::milliseconds limit, std::size_t max_bytes);

/// Pointers to the arguments and a final null, as exec wants them; valid as long as `argv` is.
std::vector<char*> argument_pointers(const std::vector<std::string>& argv);

} // namespace tier2::os
