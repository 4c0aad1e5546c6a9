#include "actors/health/latency_histogram.hpp"

#include <doctest/doctest.h>

using namespace tier2;

TEST_CASE("latency histogram: a quantile is at most a quarter above the truth, and never below it") {
  latency_histogram all;
  CHECK(all.quantile(0.5) == 0);
  for (std::uint64_t us = 1; us <= 100'000; ++us)
    all.record(std::chrono::microseconds{us});
  for (const double q : {0.01, 0.1, 0.5, 0.9, 0.99, 1.0}) {
    CAPTURE(q);
    const auto truth = static_cast<std::uint64_t>(q * 99'999) + 1;
    CHECK(all.quantile(q) >= truth);
    CHECK(all.quantile(q) <= truth + truth / 4 + 1);
  }
}

TEST_CASE("latency histogram: the shortest and the longest have a place") {
  latency_histogram all;
  all.record(std::chrono::microseconds{-5});
  all.record(std::chrono::microseconds{0});
  all.record(std::chrono::hours{100});
  CHECK(all.total() == 3);
  CHECK(all.quantile(0) == 0);
  CHECK(all.quantile(1) > 60'000'000);
}
