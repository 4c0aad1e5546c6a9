#include "tests/platform/child_process.hpp"
#include "tests/platform/temporary_directory.hpp"

#include "platform/private_file.hpp"

#include <cstring>
#include <doctest/doctest.h>
#include <fstream>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

using namespace tier2;
using namespace tier2::test;

namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span{text}); }

std::string read_back(const std::string& path) {
  const auto bytes = read_private_file(path, 1U << 24U);
  REQUIRE_MESSAGE(bytes, (bytes ? "" : bytes.error().what));
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

struct stat state_of(const std::string& path) {
  struct stat found{};
  REQUIRE(::lstat(path.c_str(), &found) == 0);
  return found;
}

bool exists(const std::string& path) {
  struct stat found{};
  return ::lstat(path.c_str(), &found) == 0;
}

} // namespace

TEST_CASE("what was written is read back, is 0600 and leaves nothing beside it") {
  const temporary_directory home;
  for (const auto& text :
       {std::string{}, std::string{"secret"}, std::string(100000, 'x'), std::string{"shorter"}}) {
    REQUIRE(write_private_file(home / "key", bytes_of(text)));
    CHECK(read_back(home / "key") == text);
  }
  CHECK((state_of(home / "key").st_mode & 07777U) == 0600);
  CHECK(std::distance(std::filesystem::directory_iterator{home.path()}, {}) == 1);
}

TEST_CASE("a missing file is not_found, for reading; erasing it is fine") {
  const temporary_directory home;
  const auto missing = read_private_file(home / "key", 10);
  REQUIRE(!missing);
  CHECK(missing.error().code == errc::not_found);
  CHECK(missing.error().what.find(home / "key") != std::string::npos);
  CHECK(erase_private_file(home / "key"));
}

TEST_CASE("a file that others can get at is refused with what is wrong and the command that mends it") {
  const temporary_directory home;
  REQUIRE(write_private_file(home / "key", bytes_of("secret")));
  for (const mode_t mode : {0640, 0604, 0620, 0602, 0644, 0666, 0610}) {
    REQUIRE(::chmod((home / "key").c_str(), mode) == 0);
    const auto refused = read_private_file(home / "key", 100);
    REQUIRE(!refused);
    CHECK(refused.error().code == errc::permission_denied);
    char octal[8];
    std::snprintf(octal, sizeof octal, "%04o", static_cast<unsigned>(mode));
    CHECK(refused.error().what.find(octal) != std::string::npos);
    CHECK(refused.error().what.find("chmod 600 " + home / "key") != std::string::npos);
  }
  REQUIRE(::chmod((home / "key").c_str(), 0400) == 0);
  CHECK(read_private_file(home / "key", 100));
}

TEST_CASE("a file that belongs to somebody else is refused") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: giving a file away needs root");
    return;
  }
  const temporary_directory home;
  REQUIRE(write_private_file(home / "key", bytes_of("secret")));
  REQUIRE(::chown((home / "key").c_str(), 65534, 65534) == 0);
  const auto refused = read_private_file(home / "key", 100);
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::permission_denied);
  CHECK(refused.error().what.find("nobody") != std::string::npos);
}

TEST_CASE("links, pipes and directories are not read as secrets") {
  const temporary_directory home;
  REQUIRE(write_private_file(home / "key", bytes_of("secret")));
  REQUIRE(::symlink((home / "key").c_str(), (home / "link").c_str()) == 0);
  REQUIRE(::mkfifo((home / "pipe").c_str(), 0600) == 0);
  REQUIRE(::mkdir((home / "directory").c_str(), 0700) == 0);
  for (const char* name : {"link", "pipe", "directory"}) {
    const auto refused = read_private_file(home / name, 100);
    REQUIRE(!refused);
    CHECK(refused.error().code == errc::permission_denied);
  }
}

TEST_CASE("a file may be as large as its bound and not a byte larger") {
  const temporary_directory home;
  REQUIRE(write_private_file(home / "key", bytes_of("12345")));
  CHECK(read_private_file(home / "key", 5));
  const auto refused = read_private_file(home / "key", 4);
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::too_large);
}

TEST_CASE("writing replaces a link and not what it points to") {
  const temporary_directory home;
  std::ofstream{home / "other"} << "dear";
  REQUIRE(::symlink((home / "other").c_str(), (home / "key").c_str()) == 0);
  REQUIRE(write_private_file(home / "key", bytes_of("secret")));
  CHECK(S_ISREG(state_of(home / "key").st_mode));
  std::string text;
  std::ifstream{home / "other"} >> text;
  CHECK(text == "dear");
}

TEST_CASE("a link where the new file is made is not followed") {
  const temporary_directory home;
  std::ofstream{home / "other"} << "dear";
  REQUIRE(::symlink((home / "other").c_str(), (home / "key.new").c_str()) == 0);
  CHECK(!write_private_file(home / "key", bytes_of("secret")));
  std::string text;
  std::ifstream{home / "other"} >> text;
  CHECK(text == "dear");
}

TEST_CASE("whenever a writer is killed, the file is the old one or the new one, whole") {
  const temporary_directory home;
  const auto path = home / "key";
  constexpr std::size_t size = 1U << 20U;
  REQUIRE(write_private_file(path, bytes_of(std::string(size, 'a'))));
  for (int round = 0; round < 25; ++round) {
    child_process writer{[&] {
      for (char letter = 'a';; letter = letter == 'z' ? 'a' : static_cast<char>(letter + 1))
        if (!write_private_file(path, bytes_of(std::string(size, letter)))) return 1;
    }};
    // Killed at an arbitrary point: after a number of replacements that differs from round to round.
    auto seen = state_of(path).st_ino;
    for (int replaced = 0; replaced < round % 5;)
      if (const auto now = state_of(path).st_ino; now != seen) {
        seen = now;
        ++replaced;
      }
    writer.kill();
    const auto text = read_back(path);
    REQUIRE(text.size() == size);
    CHECK(text == std::string(size, text.front()));
  }
  REQUIRE(write_private_file(path, bytes_of("the next writer is not disturbed by what is left")));
  CHECK(!exists(path + ".new"));
}

TEST_CASE("two writers at once leave one of the two contents, whole") {
  const temporary_directory home;
  const auto write_many = [&](char letter) {
    return [&home, letter] {
      for (int i = 0; i < 50; ++i)
        if (!write_private_file(home / "key", bytes_of(std::string(200000, letter)))) return 1;
      return 0;
    };
  };
  child_process first{write_many('a')}, second{write_many('b')};
  CHECK(first.exit_status() == 0);
  CHECK(second.exit_status() == 0);
  const auto text = read_back(home / "key");
  CHECK(text == std::string(200000, text.front()));
}

TEST_CASE("a full disk is said to be one, and the old content stays") {
  const temporary_directory home;
  child_process in_small_space{[&] {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", home.path().c_str(), "tmpfs", 0, "size=64k") != 0)
      return 77;
    if (!write_private_file(home / "key", bytes_of("old"))) return 2;
    const auto failed = write_private_file(home / "key", bytes_of(std::string(200000, 'n')));
    if (failed || failed.error().code != errc::disk_full) return 3;
    const auto kept = read_private_file(home / "key", 100);
    if (!kept || kept->size() != 3) return 4;
    return exists(home / "key.new") ? 5 : 0;
  }};
  const int status = in_small_space.exit_status();
  if (status == 77)
    MESSAGE("skipped: a small disk of our own needs the right to mount");
  else
    CHECK(status == 0);
}

TEST_CASE("an erased file is gone and was overwritten before") {
  const temporary_directory home;
  REQUIRE(write_private_file(home / "key", bytes_of("secret")));
  std::ifstream still_open{home / "key", std::ios::binary}; // the content outlives the name in here
  REQUIRE(erase_private_file(home / "key"));
  CHECK(!exists(home / "key"));
  std::string text(6, '?');
  still_open.read(text.data(), 6);
  CHECK(text == std::string(6, '\0'));
}

TEST_CASE("erasing does not follow a link") {
  const temporary_directory home;
  std::ofstream{home / "other"} << "dear";
  REQUIRE(::symlink((home / "other").c_str(), (home / "key").c_str()) == 0);
  CHECK(!erase_private_file(home / "key"));
  std::string text;
  std::ifstream{home / "other"} >> text;
  CHECK(text == "dear");
}

TEST_CASE("a private directory is made with its parents, and a wide or foreign one is refused with advice") {
  const temporary_directory home;
  REQUIRE(make_private_directory(home / "a/b"));
  CHECK((state_of(home / "a/b").st_mode & 07777U) == 0700);
  CHECK(make_private_directory(home / "a/b"));

  REQUIRE(::chmod((home / "a/b").c_str(), 0750) == 0);
  const auto wide = make_private_directory(home / "a/b");
  REQUIRE(!wide);
  CHECK(wide.error().code == errc::permission_denied);
  CHECK(wide.error().what.find("chmod 700 " + home / "a/b") != std::string::npos);

  REQUIRE(::symlink((home / "a").c_str(), (home / "link").c_str()) == 0);
  CHECK(!make_private_directory(home / "link"));
  std::ofstream{home / "file"} << "dear";
  CHECK(!make_private_directory(home / "file"));
  if (::geteuid() == 0) {
    REQUIRE(::chmod((home / "a/b").c_str(), 0700) == 0);
    REQUIRE(::chown((home / "a/b").c_str(), 65534, 65534) == 0);
    CHECK(!make_private_directory(home / "a/b"));
  }
}
