#include "platform/person.hpp"

#include <doctest/doctest.h>

using namespace tier2;

TEST_CASE("the form's first values come from the account's GECOS field") {
  CHECK(parse_gecos("Ann Example,Room 12,+49 30 1234,030 99,other", "ann") ==
        person{"Ann Example", "", "+49 30 1234"});
  CHECK(parse_gecos("Ann Example,,,030 99", "ann") == person{"Ann Example", "", "030 99"});
  CHECK(parse_gecos("& Example", "ann") == person{"Ann Example", "", ""});
  CHECK(parse_gecos("", "ann") == person{});
  CHECK(parse_gecos(",,,", "ann") == person{});
  CHECK(parse_gecos(" root ", "root").name == "root");
}

TEST_CASE("whatever stands in it is one line of valid text") {
  CHECK(parse_gecos("A\x1b[31mnn\n,,1\t2", "ann") == person{"A[31mnn", "", "12"});
  CHECK(parse_gecos("\xff", "ann").name == "\xef\xbf\xbd");
  CHECK(parse_gecos(std::string(5000, 'x'), "ann").name.size() == 200);
}
