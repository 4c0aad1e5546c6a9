#include "messages/wire/json.hpp"

#include <doctest/doctest.h>

using namespace tier2;
using namespace std::string_literals;

namespace {

result<nlohmann::json> parse(std::string_view text) { return wire::parse_json(text, 1U << 20U, 32); }

errc refusal(std::string_view text) {
  const auto outcome = parse(text);
  REQUIRE_FALSE(outcome);
  return outcome.error().code;
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

} // namespace

TEST_CASE("JSON may be nested 32 deep, not 33, and not a million") {
  CHECK(parse(nested(32)));
  CHECK(refusal(nested(33)) == errc::too_large);
  CHECK(refusal(nested(500'000)) == errc::too_large);
  CHECK(refusal(std::string(1'000'000, '[')) == errc::too_large);
  std::string objects;
  for (int i = 0; i < 33; ++i)
    objects += R"({"a":)";
  CHECK(refusal(objects) == errc::too_large);
}

TEST_CASE("JSON above its bound is refused before it is parsed") {
  CHECK(wire::parse_json("[1234]", 6, 32));
  CHECK(wire::parse_json("[1234]", 5, 32).error().code == errc::too_large);
  CHECK(wire::parse_json("no JSON at all", 5, 32).error().code == errc::too_large);
}

TEST_CASE("two members of one name are refused at every level") {
  CHECK(refusal(R"({"a":1,"a":1})") == errc::malformed);
  CHECK(refusal(R"({"x":[{"a":1,"b":2,"a":3}]})") == errc::malformed);
  CHECK(refusal(R"({"a":1,"\u0061":2})") == errc::malformed);
  CHECK(parse(R"({"a":{"a":1},"b":{"a":1}})"));
  CHECK(parse(R"({"n\nx":1,"n\nx":2})").error().what.find('\n') == std::string::npos);
}

TEST_CASE("invalid UTF-8 is refused") {
  for (const auto* bytes : {"\xff", "\x80", "\xc0\xaf", "\xc3", "\xe0\x80\xaf", "\xed\xa0\x80",
                            "\xf4\x90\x80\x80", "\xf0\x80\x80\x80", "\xe2\x82", "\xf8\x88\x80\x80\x80"})
    CHECK(refusal("\""s + bytes + "\"") == errc::malformed);
  CHECK(refusal(R"("\ud800")") == errc::malformed);
  CHECK(refusal(R"("\udc00\ud800")") == errc::malformed);
  CHECK(parse("\"\xf0\x9f\x98\x80 \xe2\x82\xac \\ud83d\\ude00\""));
}

TEST_CASE("what is not JSON is refused") {
  for (const auto* text : {"",        " ",       "{",        "[1,]",   "{\"a\":1,}",
                           "{'a':1}", "nul",     "NaN",      "[NaN]",  "Infinity",
                           "-",       "01",      "1.",       ".5",     "+1",
                           "0x10",    "1e999",   "[-1e999]", "\"\n\"", "\"\\x\"",
                           "// c\n1", "/* */ 1", "{} {}",    "1 2",    "\xef\xbb\xbf{}"})
    CHECK_MESSAGE(refusal(text) == errc::malformed, text);
}

TEST_CASE("nothing hides behind a NUL byte") {
  CHECK(refusal("{}\0{}"s) == errc::malformed);
  CHECK(refusal("{}\0"s) == errc::malformed);
}

TEST_CASE("every truncation of a JSON object is refused") {
  const auto text = R"({"a":[1,-2,3.5e2,true,false,null,"x\u20ac"],"b":{"c":{}}})"s;
  REQUIRE(parse(text));
  for (std::size_t size = 0; size < text.size(); ++size)
    CHECK(refusal(text.substr(0, size)) == errc::malformed);
}

TEST_CASE("writing JSON never fails: what is not UTF-8 becomes U+FFFD") {
  CHECK(wire::dump_json({{"a", "x\xff\xc3"}}) == "{\"a\":\"x\xef\xbf\xbd\xef\xbf\xbd\"}");
}

TEST_CASE("text is mended and cut between characters") {
  CHECK(wire::valid_utf8("plain", 100) == "plain");
  CHECK(wire::valid_utf8("a\xff"
                         "b",
                         100) == "a\xef\xbf\xbd"
                                 "b");
  CHECK(wire::valid_utf8("\xe2\x82", 100) == "\xef\xbf\xbd");
  CHECK(wire::valid_utf8("\xed\xa0\x80", 100) == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(wire::valid_utf8("\xe2\x82\xac\xe2\x82\xac", 5) == "\xe2\x82\xac");
  CHECK(wire::valid_utf8("\xf0\x9f\x98\x80", 3).empty());
  CHECK(wire::valid_utf8("abc", 2) == "ab");
  // Whatever the bytes, what comes out is valid for the parser.
  for (int a = 0; a < 256; ++a)
    for (int b = 0; b < 256; ++b) {
      const std::string bytes{'x', static_cast<char>(a), static_cast<char>(b), 'y'};
      const auto mended = nlohmann::ordered_json(wire::valid_utf8(bytes, 100)).dump();
      REQUIRE(parse(mended));
    }
}
