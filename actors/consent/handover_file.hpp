#pragma once

#include "messages/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tier2 {

/// The private file (0600) through which the browser gets the one-time token; at most one exists.
class handover_file {
public:
  /// Makes the directory (0700) and erases what a helper that crashed left there.
  result<void> prepare(std::string directory);
  /// Writes a file with a new random name and returns its path; an older one is erased.
  result<std::string> write(std::uint16_t port, std::string_view token, std::string_view language);
  void erase();

private:
  std::string directory_, path_;
};

} // namespace tier2
