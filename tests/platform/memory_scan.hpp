#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

/// Looks for plain pixels that were left behind in this process's memory.
class memory_scan {
public:
  /// Remembers windows of 32 bytes, spread over `secret` (32 bytes or more), in a form that does not match
  /// them itself.
  explicit memory_scan(std::span<const std::byte> secret);
  /// A writable mapping in which one of them stands, as /proc/self/maps names it; empty when there is none.
  std::string find() const;

private:
  static constexpr std::size_t window = 32;
  std::vector<std::byte> inverted_; // window after window
};
