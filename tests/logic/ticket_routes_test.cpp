#include "actors/relay/own_url.hpp"
#include "actors/relay/ticket_routes.hpp"

#include <doctest/doctest.h>

using namespace tier2;

namespace {
const uuid a{{1}}, b{{2}}, c{{3}};
constexpr std::size_t some = 1000; // bytes of a manifest

uuid numbered(std::uint8_t high, std::uint8_t low) { return {{9, high, low}}; }
} // namespace

TEST_CASE("ticket routes: another user cannot touch a ticket by its id") {
  ticket_routes routes;
  REQUIRE(routes.begin(a, 10, "1000", some));
  CHECK(routes.begin(a, 11, "1001", some).error().code == errc::conflict);
  CHECK(routes.owns(a, 10));
  CHECK_FALSE(routes.owns(a, 11));
}

TEST_CASE("ticket routes: the same user goes on from a new connection") {
  ticket_routes routes;
  REQUIRE(routes.begin(a, 10, "1000", some));
  routes.acknowledged(a, 0);
  REQUIRE(routes.begin(a, 12, "1000", some));
  CHECK(routes.owns(a, 12));
  CHECK_FALSE(routes.owns(a, 10));
  routes.closed(10);
  CHECK(routes.connection_of(a) == 12);
}

TEST_CASE("ticket routes: a user has a bounded number of tickets on their way") {
  ticket_routes routes;
  REQUIRE(routes.begin(a, 1, "1000", some));
  REQUIRE(routes.begin(b, 1, "1000", some));
  CHECK(routes.begin(c, 1, "1000", some).error().code == errc::too_large);
  CHECK(routes.begin(c, 2, "1001", some));
  routes.end(a);
  CHECK(routes.begin(a, 1, "1000", some));
}

TEST_CASE("ticket routes: a beginning that was not answered goes on once, whichever connections repeat it") {
  ticket_routes routes;
  REQUIRE(routes.begin(a, 10, "1000", some));
  for (std::uint64_t i = 0; i < 300; ++i)
    CHECK(routes.begin(a, 10 + i % 2, "1000", some).error().code == errc::in_use);
  CHECK(routes.connection_of(a) == 11); // the newest hears the answer
  routes.acknowledged(a, 0);
  CHECK(routes.begin(a, 11, "1000", some));
}

TEST_CASE("ticket routes: who comes, begins and goes does not get a second beginning through") {
  ticket_routes routes;
  REQUIRE(routes.begin(a, 1, "1000", some));
  for (std::uint64_t i = 1; i < 300; ++i) {
    routes.closed(i);
    CHECK_FALSE(routes.connection_of(a).has_value());
    CHECK(routes.begin(a, i + 1, "1000", some).error().code == errc::in_use);
  }
  REQUIRE(routes.begin(b, 300, "1000", some));
  routes.closed(300);
  CHECK(routes.begin(c, 301, "1000", some).error().code == errc::too_large);
  routes.acknowledged(a, 0); // to nobody: the route is free
  CHECK(routes.begin(c, 301, "1000", some));
  CHECK(routes.size() == 2);
}

TEST_CASE("ticket routes: manifests without an answer are bounded for all accounts together") {
  ticket_routes routes;
  constexpr std::size_t half = ticket_routes::unanswered_bytes / 2;
  REQUIRE(routes.begin(a, 1, "1000", half));
  REQUIRE(routes.begin(b, 2, "1001", half));
  CHECK(routes.begin(c, 3, "1002", 1).error().code == errc::too_large);
  CHECK(routes.size() == 2);
  routes.acknowledged(a, 0);
  CHECK(routes.begin(c, 3, "1002", half));
  CHECK(routes.begin(a, 1, "1000", 1).error().code == errc::too_large); // once more, and no room now
  routes.cloud_lost();
  CHECK(routes.begin(a, 1, "1000", half));
}

TEST_CASE("ticket routes: there are a bounded number of them for all accounts together") {
  ticket_routes routes;
  for (std::uint8_t i = 0; i < ticket_routes::tickets; ++i)
    REQUIRE(routes.begin(numbered(i, 0), i + 1U, std::to_string(i), some));
  CHECK(routes.begin(a, 900, "900", some).error().code == errc::too_large);
  routes.end(numbered(0, 0));
  CHECK(routes.begin(a, 900, "900", some));
}

TEST_CASE(
    "ticket routes: nothing of a helper that went away remains once it is answered, or the cloud away") {
  ticket_routes routes;
  REQUIRE(routes.begin(a, 1, "1000", some));
  REQUIRE(routes.begin(b, 2, "1000", some));
  REQUIRE(routes.begin(c, 1, "1001", some));
  routes.acknowledged(a, 0);
  routes.closed(1);
  CHECK_FALSE(routes.connection_of(a).has_value());
  CHECK(routes.size() == 2);
  routes.cloud_lost();
  CHECK(routes.size() == 1);
  CHECK(routes.connection_of(b) == 2);
}

TEST_CASE("ticket routes: a helper that sends beyond its window, or before the cloud has answered, is not "
          "forwarded") {
  ticket_routes routes;
  constexpr auto frame = ticket_routes::window_bytes / 2;
  REQUIRE(routes.begin(a, 1, "1000", some));
  CHECK_FALSE(routes.forward(a, 1));
  routes.acknowledged(a, 0);
  CHECK(routes.forward(a, frame));
  CHECK(routes.forward(a, frame));
  CHECK_FALSE(routes.forward(a, 1));
  routes.acknowledged(a, frame);
  CHECK(routes.forward(a, frame));
  CHECK_FALSE(routes.forward(a, 1));
}

TEST_CASE("ticket routes: a beginning is not repeated before it was answered, and goes on after the cloud "
          "was away") {
  ticket_routes routes;
  constexpr auto window = ticket_routes::window_bytes;
  REQUIRE(routes.begin(a, 1, "1000", some));
  CHECK(routes.begin(a, 1, "1000", some).error().code == errc::in_use);
  routes.acknowledged(a, 0);
  CHECK(routes.forward(a, window));
  routes.cloud_lost();
  CHECK_FALSE(routes.forward(a, 1));
  REQUIRE(routes.begin(a, 1, "1000", some));
  CHECK_FALSE(routes.forward(a, 1));
  routes.acknowledged(a, 100); // that much of what was under way had arrived
  CHECK(routes.forward(a, window));
  CHECK_FALSE(routes.forward(a, 1));
}

TEST_CASE("ticket routes: the end is forwarded once for each answer of the cloud, however often it is said") {
  ticket_routes routes;
  REQUIRE(routes.begin(a, 1, "1000", some));
  CHECK_FALSE(routes.finish(a));
  routes.acknowledged(a, 0);
  CHECK(routes.finish(a));
  for (int i = 0; i < 1000; ++i)
    CHECK_FALSE(routes.finish(a));
  routes.acknowledged(a, 10);
  CHECK(routes.finish(a));
}

TEST_CASE("own url: only an https address on the configured host is shown to the user") {
  CHECK(is_own_url("https://help.example.org/tickets/1", "help.example.org"));
  CHECK(is_own_url("https://help.example.org:8444/tickets/1", "help.example.org"));
  CHECK(is_own_url("https://[::1]:8444/tickets/1", "::1"));
  for (const auto* other :
       {"http://help.example.org/tickets/1", "https://help.example.org.evil.net/1",
        "https://help.example.org@evil.net/", "https://help.example.org:1@evil.net/",
        "https://evil.net/help.example.org", "javascript:alert(1)", "",
        "https://help.example.org\\@evil.net/", "https://help.example.org/a b", "https://HELP.example.org/"})
    CHECK_FALSE(is_own_url(other, "help.example.org"));
  CHECK_FALSE(is_own_url("https:///x", ""));
}
