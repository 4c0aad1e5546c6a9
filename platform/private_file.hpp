#pragma once

#include "messages/error.hpp"
#include "messages/wiping_allocator.hpp"

#include <span>
#include <string>

namespace tier2 {

/// Makes the directory for its owner only (0700); `permission_denied` when it exists and is wider or not
/// ours.
result<void> make_private_directory(const std::string& path);

/// Reads a file that only its owner may read; `permission_denied` names the permissions found and the command
/// that mends them; `not_found`, `too_large`, `io_failed`.
result<private_bytes> read_private_file(const std::string& path, std::size_t max_bytes);

/// Writes a new file (0600) beside the old one, syncs it, renames it over and syncs the directory: after a
/// crash there is the old one or the new one, whole. `disk_full`, `io_failed`.
result<void> write_private_file(const std::string& path, std::span<const std::byte> bytes);

/// Renames a file that cannot be used to `<path>.damaged`, `.damaged.1` and so on: what was put aside before
/// is nobody's to write over, up to eight. The name that it has now; `io_failed`.
result<std::string> put_aside(const std::string& path);

/// Overwrites and removes; missing is fine.
result<void> erase_private_file(const std::string& path);

} // namespace tier2
