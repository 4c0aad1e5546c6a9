#include "tools/ctl/files.hpp"

#include "platform/private_file.hpp"
#include "tests/platform/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace tier2;
using namespace tier2::ctl;

namespace {
void write(const std::string& path, std::string_view text) { std::ofstream{path, std::ios::binary} << text; }
} // namespace

TEST_CASE("a text is read whole up to its bound, and of a line one line end is dropped") {
  const test::temporary_directory directory;
  const auto path = directory / "text";
  for (const auto& [written, line] : {std::pair<std::string, std::string>{"", ""},
                                      {"a", "a"},
                                      {"a\n", "a"},
                                      {"a\r\n", "a"},
                                      {"a\n\n", "a\n"},
                                      {"\n", ""},
                                      {"a\r", "a\r"}}) {
    write(path, written);
    CHECK(read_text(path, 10).value() == written);
    CHECK(read_line(path, 10).value() == line);
  }
  write(path, std::string(100000, 'x'));
  CHECK(read_text(path, 100000)->size() == 100000);
  CHECK(read_text(path, 99999).error().code == errc::too_large);
  CHECK(read_text(path + "x", 10).error().code == errc::not_found);
}

TEST_CASE("a file that is there is never overwritten, not even through a dangling link") {
  const test::temporary_directory directory;
  const auto path = directory / "new";
  CHECK(must_be_new(path));
  CHECK(write_new_text(path, "one"));
  CHECK(must_be_new(path).error().code == errc::conflict);
  CHECK(write_new_text(path, "two").error().code == errc::conflict);
  CHECK(read_text(path, 10).value() == "one");
  const auto link = directory / "link";
  REQUIRE(::symlink((directory / "nowhere").c_str(), link.c_str()) == 0);
  CHECK(must_be_new(link).error().code == errc::conflict);
  CHECK(write_new_text(link, "two").error().code == errc::conflict);
}

TEST_CASE("a private file is made once, for its owner, and of two that make it one fails") {
  const test::temporary_directory directory;
  const auto path = directory / "key";
  const std::string text{"secret"};
  const auto bytes = std::as_bytes(std::span{text});
  REQUIRE(write_new_private(path, bytes));
  struct stat found{};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  CHECK((found.st_mode & 07777) == 0600);
  CHECK(write_new_private(path, {}).error().code == errc::conflict);
  CHECK(read_text(path, 10).value() == text);
  const auto link = directory / "link";
  REQUIRE(::symlink((directory / "nowhere").c_str(), link.c_str()) == 0);
  CHECK(write_new_private(link, bytes).error().code == errc::conflict);
  CHECK_FALSE(write_new_private(directory / "none" + "/key", bytes));
}

TEST_CASE("a private key is read only from a file that is its owner's alone; errors name the file") {
  const test::temporary_directory directory;
  const auto path = directory / "key.pem";
  const auto key = signing_key::generate();
  REQUIRE(key);
  REQUIRE(write_private_file(path, *key->private_pem()));
  const auto read = read_signing_key(path);
  REQUIRE(read);
  CHECK(read->thumbprint() == key->thumbprint());
  REQUIRE(::chmod(path.c_str(), 0640) == 0);
  CHECK(read_signing_key(path).error().code == errc::permission_denied);
  write(path, key->public_pem());
  REQUIRE(::chmod(path.c_str(), 0600) == 0);
  CHECK(read_signing_key(path).error().what.starts_with(path));
  CHECK(read_verification_key(path)->thumbprint() == key->thumbprint());
  write(path, "x");
  CHECK(read_verification_key(path).error().what.starts_with(path));
}
