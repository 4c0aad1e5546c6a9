#include "actors/channel/backoff.hpp"

#include <doctest/doctest.h>

using namespace tier2;
using namespace std::chrono_literals;

TEST_CASE("backoff: the bound doubles up to the longest wait, the wait is anywhere below it") {
  backoff wait{1s, 300s};
  constexpr std::uint32_t most = 0xffffffff;
  CHECK(wait.next(most) == 1s);
  CHECK(wait.next(most) == 2s);
  CHECK(wait.next(0) == 0s);
  CHECK(wait.next(most) == 8s);
  for (int i = 0; i < 100; ++i)
    wait.next(most);
  CHECK(wait.next(most) == 300s);
  wait.succeeded();
  CHECK(wait.next(most) == 1s);
}
