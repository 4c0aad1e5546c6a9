#include "tools/ctl/duration.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace tier2;
using ctl::parse_duration;

TEST_CASE("a duration is a whole number of seconds, minutes or hours") {
  for (const auto& [text, seconds] :
       {std::pair{"1", 1}, {"90s", 90}, {"15m", 900}, {"1h", 3600}, {"8784h", 31622400}}) {
    const auto read = parse_duration(text);
    REQUIRE(read);
    CHECK(read->count() == seconds);
  }
}

TEST_CASE("what is no duration, or none of 1 s to 366 days, is refused in a sentence") {
  for (const auto& text :
       {"", "s", "0", "0s", "-1", "+1", " 1", "1 ", "1 h", "1.5h", "1d", "1hh", "1h30m", "8785h", "31622401",
        "9223372036854775807h", "99999999999999999999", "0x10", "1e3"}) {
    CAPTURE(text);
    const auto read = parse_duration(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == errc::invalid_argument);
    CHECK(read.error().what.find("like 15m") != std::string::npos);
  }
  CHECK(parse_duration("\x1b[2J").error().what.find('\x1b') == std::string::npos);
}
