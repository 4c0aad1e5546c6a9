#include "platform/x11/window_text.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace tier2::x11;
using namespace std::string_literals;

namespace {
const std::string replacement = "\xef\xbf\xbd";
} // namespace

TEST_CASE("a valid title comes through unchanged") {
  const auto title = "Rechnung \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80"s;
  CHECK(clean_utf8(title) == title);
  CHECK(clean_utf8("").empty());
}

TEST_CASE("wrong bytes become the replacement character") {
  for (const auto& wrong : {"\x80"s, "\xff"s, "\xc0\xaf"s, "\xe0\x80\xaf"s, "\xed\xa0\x80"s,
                            "\xf4\x90\x80\x80"s, "\xf5\x80\x80\x80"s, "\xc3("s, "\xe2\x28\xa1"s}) {
    const auto clean = clean_utf8("a" + wrong + "b");
    CHECK(clean.find(replacement) == 1);
    CHECK(clean.back() == 'b');
    CHECK(clean_utf8(clean) == clean);
  }
}

TEST_CASE("every truncation of a valid character is replaced") {
  for (const auto& whole : {"\xc3\xa4"s, "\xe2\x82\xac"s, "\xf0\x9f\x98\x80"s})
    for (std::size_t size = 1; size < whole.size(); ++size) {
      const auto clean = clean_utf8(whole.substr(0, size));
      CHECK(clean.substr(0, 3) == replacement);
      CHECK(clean_utf8(clean) == clean);
    }
}

TEST_CASE("a title has at most 256 bytes and is not cut inside a character") {
  CHECK(clean_utf8(std::string(256, 'x')).size() == 256);
  CHECK(clean_utf8(std::string(257, 'x')).size() == 256);
  const auto cut = clean_utf8(std::string(255, 'x') + "\xc3\xa4");
  CHECK(cut == std::string(255, 'x'));
  CHECK(clean_latin1(std::string(1000, '\xe4')).size() == 256);
}

TEST_CASE("control characters become spaces") {
  CHECK(clean_utf8("a\x1b[31m\n\0b\x7f"s) == "a [31m  b "s);
  CHECK(clean_utf8("a\xc2\x9b"
                   "31m") == "a 31m"); // CSI as C1
}

TEST_CASE("ISO 8859-1 titles become UTF-8") { CHECK(clean_latin1("M\xfcller") == "M\xc3\xbcller"); }

TEST_CASE("the class is the second name, else the first") {
  CHECK(window_class("xterm\0XTerm\0"s) == "XTerm");
  CHECK(window_class("xterm\0XTerm"s) == "XTerm");
  CHECK(window_class("xterm\0"s) == "xterm");
  CHECK(window_class("xterm") == "xterm");
  CHECK(window_class("xterm\0\0"s) == "xterm");
  CHECK(window_class("").empty());
  CHECK(window_class("\0\0\0"s).empty());
}
