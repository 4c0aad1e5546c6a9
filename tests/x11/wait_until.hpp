#pragma once

#include <chrono>
#include <thread>

namespace tier2::test {

/// True as soon as the condition holds; false after half a minute.
template <class Condition>
bool wait_until(Condition&& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

} // namespace tier2::test
