#include "actors/command/group_file.hpp"
#include "platform/private_file.hpp"
#include "tests/platform/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <span>

using namespace tier2;
using namespace std::chrono_literals;

namespace {

void put(const test::temporary_directory& where, std::string_view text) {
  REQUIRE(write_private_file(where / "groups", std::as_bytes(std::span{text})));
}

} // namespace

TEST_CASE("group file: without one those of the configuration count, and then what was set, with its time") {
  const test::temporary_directory where;
  CHECK(read_groups(where.path(), {"desk"})->names == std::vector<std::string>{"desk"});
  REQUIRE(write_groups(where.path(), {{"accounts", "desk"}, unix_seconds{12s}}));
  const auto set = read_groups(where.path(), {"other"});
  REQUIRE(set);
  CHECK(set->names == std::vector<std::string>{"accounts", "desk"});
  CHECK(set->issued == unix_seconds{12s});
  REQUIRE(write_groups(where.path(), {{}, unix_seconds{13s}}));
  CHECK(read_groups(where.path(), {"other"})->names.empty());
}

TEST_CASE("group file: one that cannot be read gives no group at all") {
  const test::temporary_directory where;
  for (const auto* text : {"", "issued", "issued \n", "issued 12", "issued 12x\n", "issued 0\n", "desk\n",
                           "issued 12\ndesk", "issued 12\n#\n", "issued 12\n\n"}) {
    put(where, text);
    CHECK_MESSAGE(!read_groups(where.path(), {"desk"}), text);
  }
  put(where, "issued 12\n" + std::string(9000, 'a') + "\n");
  CHECK(read_groups(where.path(), {"desk"}).error().code == errc::too_large);
  put(where, "issued 12\ndesk\n");
  std::filesystem::permissions(where / "groups", std::filesystem::perms{0644});
  CHECK(read_groups(where.path(), {"desk"}).error().code == errc::permission_denied);
}
