#include "actors/relay/ticket_routes.hpp"

#include <doctest/doctest.h>

using namespace tier2;

namespace {
const uuid a{{1}}, b{{2}}, c{{3}};
}

TEST_CASE("ticket routes: another user cannot touch a ticket by its id") {
  ticket_routes routes;
  REQUIRE(routes.begin(a, 10, "1000"));
  CHECK(routes.begin(a, 11, "1001").error().code == errc::conflict);
  CHECK(routes.owns(a, 10));
  CHECK_FALSE(routes.owns(a, 11));
}

TEST_CASE("ticket routes: the same user goes on from a new connection") {
  ticket_routes routes;
  REQUIRE(routes.begin(a, 10, "1000"));
  REQUIRE(routes.begin(a, 12, "1000"));
  CHECK(routes.owns(a, 12));
  CHECK_FALSE(routes.owns(a, 10));
  routes.closed(10);
  CHECK(routes.connection_of(a) == 12);
}

TEST_CASE("ticket routes: a user has a bounded number of tickets on their way") {
  ticket_routes routes;
  REQUIRE(routes.begin(a, 1, "1000"));
  REQUIRE(routes.begin(b, 1, "1000"));
  CHECK(routes.begin(c, 1, "1000").error().code == errc::too_large);
  CHECK(routes.begin(c, 2, "1001"));
  routes.end(a);
  CHECK(routes.begin(a, 1, "1000"));
}

TEST_CASE("ticket routes: nothing of a helper that went away remains") {
  ticket_routes routes;
  REQUIRE(routes.begin(a, 1, "1000"));
  REQUIRE(routes.begin(b, 2, "1000"));
  routes.closed(1);
  CHECK_FALSE(routes.connection_of(a).has_value());
  CHECK(routes.size() == 1);
}
