#pragma once

#include "messages/error.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace tier2::x11 {

/// Anonymous shared memory that a picture is read into; never in a core dump, wiped when it is given back.
class shared_memory {
public:
  /// Locked, so that it is never swapped out, when the system's limit leaves room for it beside the program's
  /// keys.
  static result<std::unique_ptr<shared_memory>> make(std::size_t size);
  shared_memory(const shared_memory&) = delete;
  shared_memory& operator=(const shared_memory&) = delete;
  ~shared_memory();

  std::span<std::byte> bytes() const { return {at_, size_}; }
  /// A descriptor for the X server; the caller closes it.
  int duplicate_descriptor() const;
  void wipe() const;

private:
  shared_memory(int descriptor, std::byte* at, std::size_t size);
  int descriptor_;
  std::byte* at_;
  std::size_t size_;
};

/// One picture is out at a time; `taken` is true until its last holder lets go.
class lending {
public:
  bool taken() const { return taken_->load(std::memory_order_acquire); }
  /// An owner for `pixels`; `at_return` runs on the last holder's thread, before the next picture can be
  /// taken.
  std::shared_ptr<const void> lend(std::function<void()> at_return);

private:
  std::shared_ptr<std::atomic<bool>> taken_{std::make_shared<std::atomic<bool>>(false)};
};

} // namespace tier2::x11
