#include "tools/ctl/visible_text.hpp"

#include "tools/ctl/signer_page.hpp"

#include <charconv>
#include <doctest/doctest.h>
#include <vector>

using namespace tier2;
using namespace tier2::ctl;

namespace {

using range = std::array<std::uint32_t, 2>;

/// Each "[0x…, 0x…]" of a script.
std::vector<range> ranges_in(std::string_view script) {
  std::vector<range> found;
  const auto number = [&](std::size_t at) {
    std::uint32_t value = 0;
    std::from_chars(script.data() + at, script.data() + script.size(), value, 16);
    return value;
  };
  for (auto at = script.find("[0x"); at != std::string_view::npos; at = script.find("[0x", at + 1)) {
    const auto second = script.find("0x", at + 3);
    REQUIRE(second != std::string_view::npos);
    found.push_back({number(at + 3), number(second + 2)});
  }
  return found;
}

std::string utf8(std::uint32_t code) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xC0 | (code >> 6U)), byte(0x80 | (code & 0x3FU))};
  if (code < 0x10000)
    return {byte(0xE0 | (code >> 12U)), byte(0x80 | ((code >> 6U) & 0x3FU)), byte(0x80 | (code & 0x3FU))};
  return {byte(0xF0 | (code >> 18U)), byte(0x80 | ((code >> 12U) & 0x3FU)),
          byte(0x80 | ((code >> 6U) & 0x3FU)), byte(0x80 | (code & 0x3FU))};
}

} // namespace

TEST_CASE("pages and terminals have the same idea of what cannot be seen") {
  const auto* const script = signer_asset("visible.js");
  REQUIRE(script != nullptr);
  const auto theirs = ranges_in(script->body);
  CHECK(theirs == std::vector<range>(hidden_ranges.begin(), hidden_ranges.end()));
  for (std::size_t i = 1; i < hidden_ranges.size(); ++i)
    CHECK(hidden_ranges[i - 1][1] < hidden_ranges[i][0]);
}

TEST_CASE("what hides, looks like a plain space or turns text around is written out; all else stays") {
  for (const auto code :
       {0x00U,   0x1bU,   0x7fU,   0x9bU,   0xa0U,   0xadU,   0x34fU,  0x61cU,  0x115fU, 0x1160U,
        0x17b4U, 0x17b5U, 0x180eU, 0x2000U, 0x200aU, 0x200bU, 0x200fU, 0x202eU, 0x202fU, 0x2066U,
        0x2800U, 0x3000U, 0x3164U, 0xfe00U, 0xfe0fU, 0xfeffU, 0xffa0U, 0xe0041U}) {
    CAPTURE(code);
    const auto shown = visible_lines("a" + utf8(code) + "b");
    CHECK(shown.find('\\') == 1);
    CHECK(shown.find(utf8(code)) == std::string::npos);
  }
  for (const auto* const text : {"tab\there", "two\nlines", "a b~!", "über", "日本語", "😀"}) {
    CAPTURE(text);
    CHECK(visible_lines(text) == text);
  }
  CHECK(visible_text("two\nlines", 100) == "two\\nlines");
}
