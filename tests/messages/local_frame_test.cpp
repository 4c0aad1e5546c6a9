#include "messages/wire/local_frame.hpp"
#include "tests/messages/bytes.hpp"

#include <doctest/doctest.h>

using namespace tier2;

namespace {

const wire::local_message golden{R"({"type":"open"})", from_hex("00ff80")};
constexpr std::string_view golden_hex = "0000000f 00000003 7b2274797065223a226f70656e227d 00ff80";

wire::local_frame_reader reader_fed(std::string_view hex) {
  wire::local_frame_reader reader;
  reader.feed(from_hex(hex));
  return reader;
}

} // namespace

TEST_CASE("a local frame has the bytes that the protocol states, in both directions") {
  CHECK(value_of_result(wire::encode(golden)) == from_hex(golden_hex));
  auto reader = reader_fed(golden_hex);
  CHECK(value_of_result(reader.next()) == golden);
  CHECK(value_of_result(reader.next()) == std::nullopt);
}

TEST_CASE("a local frame that is cut anywhere is not a message yet, and is one when the rest comes") {
  const auto bytes = from_hex(golden_hex);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    wire::local_frame_reader reader;
    reader.feed(std::span{bytes}.first(size));
    CHECK(value_of_result(reader.next()) == std::nullopt);
    reader.feed(std::span{bytes}.subspan(size));
    CHECK(value_of_result(reader.next()) == golden);
  }
}

TEST_CASE("local frames come out one by one however the stream was cut") {
  std::vector<std::byte> stream;
  std::vector<wire::local_message> sent;
  for (std::size_t i = 1; i <= 20; ++i) {
    sent.push_back({std::string(i * 7, 'j'), std::vector<std::byte>(i % 4, std::byte{9})});
    const auto bytes = value_of_result(wire::encode(sent.back()));
    stream.insert(stream.end(), bytes.begin(), bytes.end());
  }
  for (const std::size_t step :
       {std::size_t{1}, std::size_t{3}, std::size_t{8}, std::size_t{100}, stream.size()}) {
    wire::local_frame_reader reader;
    std::vector<wire::local_message> received;
    for (std::size_t at = 0; at < stream.size(); at += step) {
      reader.feed(std::span{stream}.subspan(at, std::min(step, stream.size() - at)));
      while (auto message = value_of_result(reader.next()))
        received.push_back(std::move(*message));
    }
    CHECK(received == sent);
  }
}

TEST_CASE("a local frame's lengths are judged from its first eight bytes, and the stream stays refused") {
  for (const auto* header :
       {"00100001 00000000", "ffffffff 00000000", "00000001 00040001", "00000001 ffffffff"}) {
    auto reader = reader_fed(header);
    for (int again = 0; again < 2; ++again) {
      const auto outcome = reader.next();
      REQUIRE_FALSE(outcome);
      CHECK(outcome.error().code == errc::too_large);
      reader.feed(from_hex(golden_hex));
    }
  }
  auto reader = reader_fed("00000000 00000003");
  const auto outcome = reader.next();
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code == errc::malformed);
}

TEST_CASE("a local frame carries 1 MiB of JSON and 256 KiB beside it, and not one byte more") {
  const wire::local_message largest{std::string(1U << 20U, 'j'), std::vector<std::byte>(256U << 10U)};
  wire::local_frame_reader reader;
  reader.feed(value_of_result(wire::encode(largest)));
  CHECK(value_of_result(reader.next()) == largest);

  const auto code = [](const wire::local_message& message) { return wire::encode(message).error().code; };
  CHECK(code({std::string((1U << 20U) + 1, 'j'), {}}) == errc::too_large);
  CHECK(code({"j", std::vector<std::byte>((256U << 10U) + 1)}) == errc::too_large);
  CHECK(code({"", from_hex("00")}) == errc::malformed);
}
