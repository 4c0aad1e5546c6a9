#include "tests/platform/eventually.hpp"
#include "tests/platform/temporary_directory.hpp"

#include "platform/browser.hpp"
#include "platform/linux/account.hpp"
#include "platform/linux/browser_command.hpp"

#include <doctest/doctest.h>

using namespace tier2;
using namespace tier2::test;
using strings = std::vector<std::string>;

TEST_CASE("the target takes the place of every {}, or comes last") {
  CHECK(os::browser_arguments({"chromium", "--app={}", "x"}, "/a b") ==
        strings{"chromium", "--app=/a b", "x"});
  CHECK(os::browser_arguments({"b", "{}", "{}{}"}, "t") == strings{"b", "t", "tt"});
  CHECK(os::browser_arguments({"b", "-n"}, "t") == strings{"b", "-n", "t"});
  CHECK(os::browser_arguments({"b", "{}"}, "{}") == strings{"b", "{}"});
}

TEST_CASE("the configured program is started with the target") {
  const temporary_directory home;
  REQUIRE(open_in_browser(
      {"sh", "-c", "printf %s \"$1\" > " + home / "part" + "; mv " + home / "part" + " " + home / "out",
       "sh"},
      "http://127.0.0.1:1/page?a=1&b"));
  CHECK(eventually([&] { return os::read_text(home / "out", 100) == "http://127.0.0.1:1/page?a=1&b"; }));
}

TEST_CASE("a browser that is not there is not_found, with what to set") {
  const auto failed = open_in_browser({"no-such-browser-of-tier2"}, "/page.html");
  REQUIRE(!failed);
  CHECK(failed.error().code == errc::not_found);
  CHECK(failed.error().what.find("no-such-browser-of-tier2") != std::string::npos);
  CHECK(failed.error().what.find("`command` in [browser]") != std::string::npos);
}

TEST_CASE("what is neither a path nor an address is not opened") {
  for (const char* target : {"", "--remote", "page.html", "javascript:alert(1)", "mailto:x"})
    CHECK(open_in_browser({"true"}, target).error().code == errc::invalid_argument);
}
