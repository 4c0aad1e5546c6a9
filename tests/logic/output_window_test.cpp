#include "actors/command/output_window.hpp"

#include <doctest/doctest.h>
#include <string_view>

using namespace tier2;

namespace {

std::vector<std::byte> bytes(std::string_view text) {
  const auto raw = std::as_bytes(std::span{text});
  return {raw.begin(), raw.end()};
}

std::string text(const std::optional<output_window::piece>& piece) {
  if (!piece) return "(nothing)";
  return {reinterpret_cast<const char*>(piece->bytes.data()), piece->bytes.size()};
}

} // namespace

TEST_CASE("output window: each stream is sent in order, in pieces, in turns") {
  output_window window;
  REQUIRE(window.append(1, 0, bytes("hello ")));
  REQUIRE(window.append(2, 0, bytes("oh")));
  REQUIRE(window.append(1, 6, bytes("world")));
  const auto first = window.next(8);
  CHECK(text(first) == "hello wo");
  CHECK(first->part == 1);
  CHECK(first->offset == 0);
  const auto second = window.next(8);
  CHECK(text(second) == "oh");
  CHECK(second->part == 2);
  const auto third = window.next(8);
  CHECK(text(third) == "rld");
  CHECK(third->offset == 8);
  CHECK_FALSE(window.next(8));
  CHECK(window.in_flight() == 13);
}

TEST_CASE("output window: what is not acknowledged is sent again after a reconnect, from the byte that is "
          "missing") {
  output_window window;
  REQUIRE(window.append(1, 0, bytes("abc")));
  REQUIRE(window.append(1, 3, bytes("def")));
  CHECK(text(window.next(100)) == "abcdef");
  CHECK(window.acknowledged(1, 4) == 4);
  window.rewind();
  const auto again = window.next(100);
  CHECK(text(again) == "ef");
  CHECK(again->offset == 4);
  CHECK(window.acknowledged(1, 6) == 2);
  CHECK(window.empty());
}

TEST_CASE(
    "output window: an acknowledgement repeated, from before, or of what was never sent frees nothing") {
  output_window window;
  REQUIRE(window.append(1, 0, bytes("abcdef")));
  CHECK(text(window.next(3)) == "abc");
  CHECK(window.acknowledged(1, 4) == 0);
  CHECK(window.acknowledged(1, 3) == 3);
  CHECK(window.acknowledged(1, 3) == 0);
  CHECK(window.acknowledged(1, 2) == 0);
  CHECK(window.acknowledged(0, 3) == 0);
  CHECK(window.acknowledged(3, 3) == 0);
  CHECK(window.held() == 3);
}

TEST_CASE("output window: bytes out of order are refused") {
  output_window window;
  CHECK_FALSE(window.append(1, 1, bytes("a")));
  CHECK_FALSE(window.append(3, 0, bytes("a")));
  CHECK_FALSE(window.append(1, 0, {}));
  REQUIRE(window.append(1, 0, bytes("a")));
  CHECK_FALSE(window.append(1, 0, bytes("a")));
  CHECK_FALSE(window.append(1, 2, bytes("a")));
  CHECK(window.held() == 1);
}
