#include "messages/host_name.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace tier2;

TEST_CASE("host names, IPv4 and IPv6 addresses are hosts") {
  for (const auto* text :
       {"localhost", "help.example.org", "a-b.c", "xn--bcher-kva.example", "3com.com", "127.0.0.1", "0.0.0.0",
        "255.255.255.255", "::1", "::", "fe80::1", "2001:db8:0:0:0:0:0:1",
        "1:2:3:4:5:6:7::", "::ffff:192.0.2.1", "1:2:3:4:5:6:1.2.3.4"})
    CHECK_MESSAGE(is_host(text), text);
  CHECK(is_host(std::string(63, 'a') + ".example"));
}

TEST_CASE("what is neither is not a host") {
  for (const auto* text : {"",
                           ".",
                           "a..b",
                           ".a",
                           "a.",
                           "-a.b",
                           "a-.b",
                           "a_b",
                           "a b",
                           "https://a.b",
                           "a.b/",
                           "a.b:443",
                           "1.2.3",
                           "1.2.3.4.5",
                           "256.1.1.1",
                           "01.2.3.4",
                           "1.2.3.",
                           ":",
                           ":::",
                           "1::2::3",
                           "12345::",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7:8::",
                           "g::1",
                           "[::1]",
                           "::1%eth0",
                           "1.2.3.4::",
                           "::1.2.3",
                           "b\xc3\xbc"
                           "cher.example",
                           "a\n"})
    CHECK_MESSAGE(!is_host(text), text);
  CHECK_FALSE(is_host(std::string(64, 'a') + ".example"));
  std::string longest;
  while (longest.size() < 254)
    longest += "abcd.";
  CHECK_FALSE(is_host(longest + "abc"));
}

TEST_CASE("an origin is scheme, host and port, and nothing more") {
  CHECK(is_origin("http://proxy:3128", "http://", true));
  CHECK(is_origin("http://[::1]:3128", "http://", true));
  CHECK(is_origin("https://a.b", "https://", false));
  for (const auto* text : {"http://proxy", "http://proxy:", "http://proxy:0", "http://proxy:65536",
                           "http://proxy:80/", "proxy:80", "http://u:p@proxy:80", "https://proxy:80",
                           "http://[::1:80", "http://[a]:80", "http://:80", "http://proxy:080"})
    CHECK_MESSAGE(!is_origin(text, "http://", true), text);
}
