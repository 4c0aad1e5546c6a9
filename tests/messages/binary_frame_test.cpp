#include "messages/wire/binary_frame.hpp"
#include "tests/messages/bytes.hpp"

#include <doctest/doctest.h>

using namespace tier2;

namespace {
constexpr std::string_view golden = "02 00112233445566778899aabbccddeeff 00000007 0000000000012345 cafe";
}

TEST_CASE("a binary frame has the bytes that the protocol states, in both directions") {
  const auto bytes = from_hex(golden);
  const auto frame = value_of_result(wire::decode_binary_frame(bytes));
  CHECK(frame.kind == wire::frame_kind::ticket_part);
  CHECK(to_string(frame.id) == "00112233-4455-6677-8899-aabbccddeeff");
  CHECK(frame.part == 7);
  CHECK(frame.offset == 0x12345);
  CHECK(std::vector<std::byte>(frame.payload.begin(), frame.payload.end()) == from_hex("cafe"));
  CHECK(wire::encode(frame) == bytes);
}

TEST_CASE("a binary frame that is cut within header or before the first payload byte is refused") {
  const auto bytes = from_hex(golden);
  for (std::size_t size = 0; size <= wire::binary_header_bytes; ++size) {
    const auto outcome = wire::decode_binary_frame(std::span{bytes}.first(size));
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == errc::malformed);
  }
}

TEST_CASE("a binary frame's kind is one of the three known ones") {
  auto bytes = from_hex(golden);
  for (int kind = 0; kind < 256; ++kind) {
    bytes[0] = static_cast<std::byte>(kind);
    CHECK(wire::decode_binary_frame(bytes).has_value() == (kind >= 1 && kind <= 3));
  }
}

TEST_CASE("a binary frame carries 256 KiB and not one byte more") {
  auto bytes = from_hex(golden);
  bytes.resize(wire::binary_header_bytes + (256U << 10U));
  CHECK(wire::decode_binary_frame(bytes));
  bytes.push_back({});
  const auto outcome = wire::decode_binary_frame(bytes);
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code == errc::too_large);
}

TEST_CASE("a binary frame ends below 2^53") {
  CHECK(wire::decode_binary_frame(
      from_hex("01 00112233445566778899aabbccddeeff 00000001 001ffffffffffffe 00")));
  for (const auto* offset : {"001fffffffffffff", "0020000000000000", "ffffffffffffffff"}) {
    const auto outcome = wire::decode_binary_frame(
        from_hex(std::string{"01 00112233445566778899aabbccddeeff 00000001 "} + offset + " 00"));
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == errc::malformed);
  }
}
