#include "tools/ctl/deep_stack.hpp"

#include <cstddef>
#include <pthread.h>

namespace tier2::ctl {

namespace {

constexpr std::size_t stack_bytes = std::size_t{64} << 20U;

void* run(void* what) {
  (*static_cast<const std::function<void()>*>(what))();
  return nullptr;
}

} // namespace

void with_deep_stack(const std::function<void()>& what) {
  pthread_attr_t attributes;
  pthread_t thread{};
  if (pthread_attr_init(&attributes) != 0) return what();
  const bool started =
      pthread_attr_setstacksize(&attributes, stack_bytes) == 0 &&
      pthread_create(&thread, &attributes, &run, const_cast<std::function<void()>*>(&what)) == 0;
  pthread_attr_destroy(&attributes);
  if (!started) return what();
  pthread_join(thread, nullptr);
}

} // namespace tier2::ctl
