#pragma once

#include "messages/error.hpp"
#include "platform/linux/unique_fd.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <sys/stat.h>

/// What files with secrets share: who may get at them, and bytes that are really on the disk.
namespace tier2::os {

/// Ours, and nobody else may do anything with it; else `permission_denied` says what to run.
result<void> check_private(const struct stat& found, const std::string& path, const char* right_mode);
std::string parent_of(const std::string& path);
result<void> write_all(int file, std::span<const std::byte> bytes, const std::string& path);
result<void> sync_directory(const std::string& path);
/// A new file, empty and locked: its one name cannot pile up, and writers of the same file wait for each
/// other.
result<unique_fd> open_new(const std::string& path);

} // namespace tier2::os
