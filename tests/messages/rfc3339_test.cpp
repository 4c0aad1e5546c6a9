#include "messages/wire/manifest.hpp"
#include "tests/messages/bytes.hpp"

#include <doctest/doctest.h>

using namespace tier2;
using namespace std::chrono_literals;

TEST_CASE("times are written as RFC 3339 in UTC with milliseconds, and read back") {
  const auto at = wall_time{std::chrono::sys_days{std::chrono::year{2024} / 2 / 29}} + 3h + 4min + 5s + 678ms;
  CHECK(wire::to_rfc3339(at) == "2024-02-29T03:04:05.678Z");
  CHECK(value_of_result(wire::parse_rfc3339("2024-02-29T03:04:05.678Z")) == at);
  CHECK(wire::to_rfc3339(wall_time{}) == "1970-01-01T00:00:00.000Z");
  CHECK(wire::to_rfc3339(wall_time{999us}) == "1970-01-01T00:00:00.000Z");
}

TEST_CASE("a fraction of a second may have one to nine digits or be missing; it is kept to the millisecond") {
  const auto base = value_of_result(wire::parse_rfc3339("2026-01-02T03:04:05Z"));
  CHECK(value_of_result(wire::parse_rfc3339("2026-01-02T03:04:05.6Z")) == base + 600ms);
  CHECK(value_of_result(wire::parse_rfc3339("2026-01-02T03:04:05.06Z")) == base + 60ms);
  CHECK(value_of_result(wire::parse_rfc3339("2026-01-02T03:04:05.678912345Z")) == base + 678ms);
}

TEST_CASE("what is not a time in UTC is refused") {
  for (const auto* text : {"",
                           "2026-01-02",
                           "2026-01-02T03:04:05",
                           "2026-01-02T03:04:05.678",
                           "2026-01-02t03:04:05Z",
                           "2026-01-02T03:04:05z",
                           "2026-01-02 03:04:05Z",
                           "2026-01-02T03:04:05+00:00",
                           "2026-01-02T03:04:05.Z",
                           "2026-01-02T03:04:05.1234567890Z",
                           "2026-01-02T03:04:05,5Z",
                           "2026-13-02T03:04:05Z",
                           "2026-00-02T03:04:05Z",
                           "2026-02-29T03:04:05Z",
                           "2026-01-00T03:04:05Z",
                           "2026-01-32T03:04:05Z",
                           "2026-01-02T24:00:00Z",
                           "2026-01-02T03:60:05Z",
                           "2026-01-02T03:04:60Z",
                           "2026-1-2T3:4:5Z",
                           " 2026-01-02T03:04:05Z",
                           "2026-01-02T03:04:05Z ",
                           "+026-01-02T03:04:05Z",
                           "2026-01-02T03:04:-5Z",
                           "1969-12-31T23:59:59Z",
                           "2262-01-01T00:00:00Z",
                           "9999-12-31T23:59:59Z",
                           "0000-01-01T00:00:00Z",
                           "2026-01-02T03:04:05ZZ"})
    CHECK_MESSAGE(wire::parse_rfc3339(text).error().code == errc::malformed, text);
}

TEST_CASE("every truncation of a time is refused") {
  const std::string text = "2026-01-02T03:04:05.678Z";
  for (std::size_t size = 0; size < text.size(); ++size)
    CHECK_FALSE(wire::parse_rfc3339(text.substr(0, size)));
}

TEST_CASE("whatever the clock says, what is written can be read") {
  for (const auto at : {wall_time::min(), wall_time::max(), wall_time{-1s}, wall_time{1ns}})
    CHECK(wire::parse_rfc3339(wire::to_rfc3339(at)));
  CHECK(wire::to_rfc3339(wall_time::max()) == "2261-12-31T23:59:59.999Z");
  CHECK(wire::to_rfc3339(wall_time::min()) == "1970-01-01T00:00:00.000Z");
}
