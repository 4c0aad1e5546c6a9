#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <vector>

namespace tier2 {

namespace detail {
/// memset through a volatile pointer, which the compiler may not drop.
inline void wipe(void* at, std::size_t size) {
  static void* (*const volatile set)(void*, int, std::size_t) = std::memset;
  if (size != 0) set(at, 0, size);
}
} // namespace detail

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
  bool operator==(const wiping_allocator&) const = default;
};

/// Bytes that are wiped when freed: what users see or type.
using private_bytes = std::vector<std::byte, wiping_allocator<std::byte>>;

} // namespace tier2
