#include "platform/linux/facts/text.hpp"

#include <doctest/doctest.h>

using namespace tier2::os;

TEST_CASE("bytes are told in the unit that a person would use") {
  CHECK(human_bytes(0) == "0 bytes");
  CHECK(human_bytes(1) == "1 byte");
  CHECK(human_bytes(1023) == "1023 bytes");
  CHECK(human_bytes(1024) == "1.0 KiB");
  CHECK(human_bytes(1024 * 1024 - 1) == "1.0 MiB");
  CHECK(human_bytes(1536ULL << 20U) == "1.5 GiB");
  CHECK(human_bytes(UINT64_MAX) == "16.0 EiB");
}

TEST_CASE("a duration leaves out what is nothing") {
  CHECK(human_duration(0) == "less than a minute");
  CHECK(human_duration(60) == "1 minute");
  CHECK(human_duration(86400 + 120) == "1 day, 2 minutes");
  CHECK(human_duration(7200) == "2 hours");
  CHECK(human_time(0) == "1970-01-01 00:00 UTC");
}

TEST_CASE("whole characters stay as they are, everything else becomes a question mark") {
  CHECK(presentable("plain, \xc3\xa9, \xe2\x82\xac, \xf0\x9f\x98\x80\nline", 100) ==
        "plain, \xc3\xa9, \xe2\x82\xac, \xf0\x9f\x98\x80\nline");
  CHECK(presentable("a\x1b[31mb\x07\x7f", 100) == "a?[31mb??");
  CHECK(presentable("a\tb\r\nc", 100) == "a b\nc");
  CHECK(presentable("\xc2\x9b", 100) == "?");            // a control character of two bytes
  CHECK(presentable("\xff\xfe", 100) == "??");           // never in UTF-8
  CHECK(presentable("\xc0\xaf", 100) == "??");           // overlong
  CHECK(presentable("\xe0\x80\xaf", 100) == "???");      // overlong
  CHECK(presentable("\xed\xa0\x80", 100) == "???");      // surrogate
  CHECK(presentable("\xf4\x90\x80\x80", 100) == "????"); // above U+10FFFF
  CHECK(presentable("x\xe2\x82", 100) == "x??");         // cut short
  CHECK(presentable(std::string_view{"\0", 1}, 100) == "?");
}

TEST_CASE("a text that is too long is cut between characters and says so") {
  const std::string exact(100, 'x');
  CHECK(presentable(exact, 100) == exact);
  CHECK(presentable(exact + "y", 100) == std::string(89, 'x') + "\n(cut here)");
  std::string euros;
  for (int i = 0; i < 100; ++i)
    euros += "\xe2\x82\xac";
  for (std::size_t bound = 0; bound < 300; ++bound) {
    const auto cut = presentable(euros, bound);
    CHECK(cut.size() <= bound);
    CHECK(cut.find('?') == std::string::npos);
    CHECK(presentable(cut, 1000) == cut); // no half character
  }
  CHECK(presentable(euros, 300) == euros);
}

TEST_CASE("numbers are whole numbers and nothing else") {
  CHECK(number_of("18446744073709551615") == UINT64_MAX);
  for (const char* text : {"", " 1", "1 ", "-1", "+1", "1.5", "0x1", "18446744073709551616"})
    CHECK(!number_of(text));
}
