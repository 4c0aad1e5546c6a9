#include "tests/platform/memory_scan.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>

namespace {

constexpr std::size_t most_windows = 24;
constexpr std::size_t block = std::size_t{1} << 20U;
constexpr std::uint64_t largest_mapping = std::uint64_t{1}
                                          << 30U; // a sanitizer's shadow memory is larger by far

void invert(std::byte* from, std::byte* to, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i)
    to[i] = ~from[i];
}

} // namespace

memory_scan::memory_scan(std::span<const std::byte> secret)
    : inverted_(std::min(most_windows, secret.size() / window) * window) {
  if (inverted_.empty()) throw std::invalid_argument{"too small to be looked for"};
  const auto windows = inverted_.size() / window;
  for (std::size_t i = 0; i < windows; ++i) {
    const auto at = windows == 1 ? 0 : (secret.size() - window) / (windows - 1) * i;
    for (std::size_t b = 0; b < window; ++b)
      inverted_[i * window + b] = ~secret[at + b];
  }
}

std::string memory_scan::find() const {
  // What is read lands in a shared mapping, which never melts into a neighbour, and which is left out; it is
  // searched inverted, so that no register or stack slot of the search holds what it looks for.
  auto* buffer = static_cast<std::byte*>(
      mmap(nullptr, block + window, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  const int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  if (buffer == MAP_FAILED || memory < 0) throw std::runtime_error{"/proc/self/mem cannot be read"};
  std::string found;
  std::ifstream maps{"/proc/self/maps"};
  for (std::string line; found.empty() && std::getline(maps, line);) {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    char access[5] = {};
    if (std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %4s", &begin, &end, access) != 3) continue;
    const auto own = reinterpret_cast<std::uint64_t>(buffer);
    if (access[0] != 'r' || access[1] != 'w' || end - begin > largest_mapping || begin == own) continue;
    for (auto at = begin; found.empty() && at < end; at += block) {
      const auto size =
          pread(memory, buffer, std::min<std::uint64_t>(block + window, end - at), static_cast<off_t>(at));
      if (size <= 0) continue;
      invert(buffer, buffer, static_cast<std::size_t>(size));
      for (std::size_t i = 0; i < inverted_.size(); i += window)
        if (memmem(buffer, static_cast<std::size_t>(size), inverted_.data() + i, window) != nullptr)
          found = line;
    }
  }
  close(memory);
  munmap(buffer, block + window);
  return found;
}
