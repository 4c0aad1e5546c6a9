#include "messages/wire/manifest.hpp"
#include "tests/messages/bytes.hpp"

#include <doctest/doctest.h>
#include <utility>

using namespace tier2;
using namespace std::string_literals;

TEST_CASE("base64url follows RFC 4648 section 10, without padding, in both directions") {
  for (const auto& [bytes, text] : std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                                                    {"f", "Zg"},
                                                                                    {"fo", "Zm8"},
                                                                                    {"foo", "Zm9v"},
                                                                                    {"foob", "Zm9vYg"},
                                                                                    {"fooba", "Zm9vYmE"},
                                                                                    {"foobar", "Zm9vYmFy"},
                                                                                    {"\xfb\xff\xbf", "-_-_"},
                                                                                    {"\0\0"s, "AAA"}}) {
    CHECK(wire::to_base64url(bytes) == text);
    CHECK(value_of_result(wire::parse_base64url(text)) == bytes);
  }
}

TEST_CASE("every byte in every place survives base64url") {
  for (int value = 0; value < 256; ++value)
    for (std::size_t place = 0; place < 4; ++place) {
      std::string bytes(4, 'a');
      bytes[place] = static_cast<char>(value);
      CHECK(value_of_result(wire::parse_base64url(wire::to_base64url(bytes))) == bytes);
    }
}

TEST_CASE("a second spelling of the same bytes is refused") {
  // Padding, the other alphabet, white space, bits after the end, a lone digit.
  for (const auto* text : {"Zg==", "Zg=", "Zm8=", "+_-_", "-/-_", "Zm9v ", " Zm9v", "Zm\n9v", "Zm9v\n", "Zh",
                           "Zm9", "Zm-", "Z", "Zm9vY", "Zm9v====", "Zm9*", "Z\xc3\xa4"})
    CHECK_MESSAGE(wire::parse_base64url(text).error().code == errc::malformed, text);
  CHECK_FALSE(wire::parse_base64url("Zm9v\0"s));
}
