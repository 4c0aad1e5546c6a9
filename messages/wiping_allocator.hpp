#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace tier2 {

namespace detail {
/// memset through a volatile pointer, which the compiler may not drop.
inline void wipe(void* at, std::size_t size) {
  static void* (*const volatile set)(void*, int, std::size_t) = std::memset;
  if (size != 0) set(at, 0, size);
}
} // namespace detail

// Read by C++17 (platform/net) and C++20 alike.

/// An allocator that overwrites memory with zeros before it gives it back.
template <class T>
struct wiping_allocator {
  using value_type = T;
  wiping_allocator() = default;
  template <class U>
  wiping_allocator(const wiping_allocator<U>&) noexcept {} // NOLINT(google-explicit-constructor)
  T* allocate(std::size_t count) { return std::allocator<T>{}.allocate(count); }
  void deallocate(T* at, std::size_t count) noexcept {
    detail::wipe(at, count * sizeof(T));
    std::allocator<T>{}.deallocate(at, count);
  }
  friend bool operator==(const wiping_allocator&, const wiping_allocator&) noexcept { return true; }
  friend bool operator!=(const wiping_allocator&, const wiping_allocator&) noexcept { return false; }
};

/// Bytes that are wiped when freed: what users see or type.
using private_bytes = std::vector<std::byte, wiping_allocator<std::byte>>;
/// Text that is wiped when freed, if it is longer than what fits into the object itself (15 bytes): secrets.
using private_text = std::basic_string<char, std::char_traits<char>, wiping_allocator<char>>;

} // namespace tier2
