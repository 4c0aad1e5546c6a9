#include "platform/seat.hpp"
#include "tests/platform/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <fstream>

using namespace tier2;

TEST_CASE("the account at the screen is what the system's login service says") {
  const test::temporary_directory seats;
  const auto with = [&](const char* text) {
    std::ofstream{seats / "seat0"} << text;
    return active_account(seats.path());
  };
  CHECK(active_account(seats.path() + "/none") == "");
  CHECK(with("# This is private data.\nIS_SEAT0=1\nACTIVE=3\nACTIVE_UID=1000\nSESSIONS=3 c1\n") == "1000");
  CHECK(with("IS_SEAT0=1\n") == ""); // the greeter, or nobody
  CHECK(with("ACTIVE_UID=\n") == "");
  CHECK(with("ACTIVE_UID=-1\n") == "");
  CHECK(with("ACTIVE_UID=10x\n") == "");
}
