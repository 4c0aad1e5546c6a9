#include "platform/x11/picture_memory.hpp"

#include "messages/wiping_allocator.hpp"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tier2::x11 {

namespace {

constexpr std::size_t left_for_keys = 64U << 10U;

void lock_if_room(void* at, std::size_t size) {
  rlimit limit{};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0) return;
  if (limit.rlim_cur == RLIM_INFINITY || size + left_for_keys <= limit.rlim_cur) mlock(at, size);
}

tl::unexpected<error> no_memory(std::size_t size) {
  return fail(errc::capture_failed, "There is no room for a picture of " + std::to_string(size >> 20U) +
                                        " MiB in memory (" + std::generic_category().message(errno) +
                                        "). Close some programs; the next click is tried again.");
}

} // namespace

result<std::unique_ptr<shared_memory>> shared_memory::make(std::size_t size) {
  const int descriptor = memfd_create("tier2-picture", MFD_CLOEXEC);
  if (descriptor < 0) return no_memory(size);
  void* at = MAP_FAILED;
  if (ftruncate(descriptor, static_cast<off_t>(size)) == 0)
    at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (at == MAP_FAILED) {
    auto failed = no_memory(size);
    close(descriptor);
    return failed;
  }
  return std::unique_ptr<shared_memory>{new shared_memory{descriptor, static_cast<std::byte*>(at), size}};
}

shared_memory::shared_memory(int descriptor, std::byte* at, std::size_t size)
    : descriptor_{descriptor}, at_{at}, size_{size} {
  lock_if_room(at_, size_);
  madvise(at_, size_, MADV_DONTDUMP);
}

shared_memory::~shared_memory() {
  wipe(); // the server may keep its mapping a little longer
  munmap(at_, size_);
  close(descriptor_);
}

int shared_memory::duplicate_descriptor() const { return fcntl(descriptor_, F_DUPFD_CLOEXEC, 0); }

void shared_memory::wipe() const { detail::wipe(at_, size_); }

std::shared_ptr<const void> lending::lend(std::function<void()> at_return) {
  taken_->store(true, std::memory_order_release);
  struct loan {
    std::shared_ptr<std::atomic<bool>> taken;
    std::function<void()> at_return;
    ~loan() {
      if (at_return) at_return();
      at_return = nullptr;
      taken->store(false, std::memory_order_release);
    }
    loan(std::shared_ptr<std::atomic<bool>> flag, std::function<void()> hook)
        : taken{std::move(flag)}, at_return{std::move(hook)} {}
    loan(const loan&) = delete;
    loan& operator=(const loan&) = delete;
  };
  return std::make_shared<const loan>(taken_, std::move(at_return));
}

} // namespace tier2::x11
