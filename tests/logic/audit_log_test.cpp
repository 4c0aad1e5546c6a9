#include "actors/command/audit_log.hpp"
#include "tests/platform/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>

using namespace tier2;
using namespace std::chrono_literals;

namespace {

std::string read(const std::string& path) {
  std::ifstream from{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{from}, {}};
}

/// In the file's own place, as the file system might leave it.
void write(const std::string& path, const std::string& text) {
  std::ofstream{path, std::ios::binary | std::ios::trunc} << text;
  std::filesystem::permissions(path, std::filesystem::perms{0600});
}

/// A line of some 10 KiB.
audit_log::fields much() {
  audit_log::fields about;
  for (int i = 0; i < 10; ++i)
    about.emplace_back("f" + std::to_string(i), std::string(1000, 'x'));
  return about;
}

audit_log open(const test::temporary_directory& where) {
  auto made = audit_log::open(where.path(), wall_time{1000ms});
  REQUIRE_MESSAGE(made, made.error().what);
  return std::move(*made);
}

std::string filled(const test::temporary_directory& where) {
  auto log = open(where);
  REQUIRE(log.write(wall_time{2000ms}, "accepted", {{"jti", "a"}, {"kid", "k"}, {"name", "run"}}));
  REQUIRE(log.write(wall_time{3000ms}, "exit", {{"jti", "a"}, {"detail", "said \"\x1b[31m\xff\""}}));
  return read(where / "audit.log");
}

} // namespace

TEST_CASE("audit log: lines are JSON, say what happened, and hold on to the line before") {
  const test::temporary_directory where;
  const auto text = filled(where);
  const auto checked = check_audit(text);
  REQUIRE_MESSAGE(checked, checked.error().what);
  CHECK(checked->lines == 3);
  CHECK(
      text.find(
          R"({"seq":2,"at":"1970-01-01T00:00:02.000Z","event":"accepted","jti":"a","kid":"k","name":"run","prev":")") !=
      std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos); // escaped: an editor or terminal shows it as text
}

TEST_CASE("audit log: a line that was changed, taken out, moved or put in is found") {
  const test::temporary_directory where;
  const auto text = filled(where);
  const auto second = text.find('\n') + 1;
  const auto third = text.find('\n', second) + 1;
  auto changed = text;
  changed[text.find("accepted")] = 'A';
  CHECK_FALSE(check_audit(changed));
  CHECK_FALSE(check_audit(text.substr(0, second) + text.substr(third)));
  CHECK_FALSE(check_audit(text.substr(0, second) + text.substr(third) + text.substr(second, third - second)));
  CHECK_FALSE(check_audit(text + text.substr(third)));
  CHECK_FALSE(check_audit(text.substr(0, text.size() - 1)));
  CHECK(check_audit(text.substr(second))); // an older file may be gone
}

TEST_CASE("audit log: it goes on where it was after a restart") {
  const test::temporary_directory where;
  filled(where);
  auto again = open(where);
  REQUIRE(again.write(wall_time{4000ms}, "accepted", {}));
  const auto checked = check_audit(read(where / "audit.log"));
  REQUIRE(checked);
  CHECK(checked->lines == 4);
}

TEST_CASE("audit log: of a last line that was cut off only that is lost, and the chain goes on behind it") {
  const test::temporary_directory where;
  const auto text = filled(where);
  const auto last = text.rfind('\n', text.size() - 2) + 1;
  std::string torn;
  SUBCASE("in its middle") { torn = text.substr(last, 20); }
  SUBCASE("just before its end") { torn = text.substr(last, text.size() - last - 1); }
  SUBCASE("with zeros where it should be") { torn = std::string(300, '\0'); }
  SUBCASE("with its end, but not its middle") { torn = "{\"seq\":3,\0\0\0\0\"}\n"; }
  write(where / "audit.log", text.substr(0, last) + torn);
  REQUIRE(open(where).write(wall_time{5000ms}, "accepted", {}));
  const auto now = read(where / "audit.log");
  CHECK(now.substr(0, last) == text.substr(0, last));
  CHECK(now.substr(last).starts_with("{\"seq\":3,"));
  CHECK(now.find("line_cut_off") != std::string::npos);
  const auto checked = check_audit(now);
  REQUIRE_MESSAGE(checked, checked.error().what);
  CHECK(checked->lines == 4);
  CHECK(read(where / "audit.log.damaged.1") == torn);
}

TEST_CASE("audit log: a damaged one is kept aside, and its successor says so and goes on from what holds") {
  const test::temporary_directory where;
  const auto text = filled(where);
  const auto second = text.find('\n') + 1;
  const auto third = text.find('\n', second) + 1;
  auto changed = text;
  changed[second + 50] ^= 1;
  write(where / "audit.log", changed);
  REQUIRE(open(where).write(wall_time{5000ms}, "accepted", {}));
  const auto now = read(where / "audit.log");
  CHECK(now.find("log_damaged") != std::string::npos);
  CHECK(read(where / "audit.log.damaged.1") == changed);
  CHECK(check_audit(changed.substr(0, third) + now)); // a change shows in the line after it
}

TEST_CASE("audit log: what was kept aside is never written over, and is bounded in number") {
  const test::temporary_directory where;
  auto text = filled(where);
  std::vector<std::string> kept;
  for (int i = 0; i < audit_chain::kept_aside; ++i) {
    kept.push_back(i % 2 == 0 ? "half a line " + std::to_string(i) : "no log " + std::to_string(i) + "\n\n");
    write(where / "audit.log", i % 2 == 0 ? read(where / "audit.log") + kept.back() : kept.back());
    open(where);
  }
  write(where / "audit.log", read(where / "audit.log") + "one too many");
  REQUIRE(open(where).write(wall_time{5000ms}, "accepted", {}));
  CHECK(check_audit(read(where / "audit.log")));
  const std::string whole = "damaged\neverywhere\n";
  write(where / "audit.log", whole);
  REQUIRE(open(where).write(wall_time{5000ms}, "accepted", {}));
  for (int i = 0; i < audit_chain::kept_aside; ++i)
    CHECK(read(where / ("audit.log.damaged." + std::to_string(i + 1))) == kept[static_cast<std::size_t>(i)]);
  CHECK_FALSE(std::filesystem::exists(where / "audit.log.damaged.9"));
  CHECK(read(where / "audit.log.1") == whole); // it grows old as any other does
}

TEST_CASE("audit log: one that was emptied is not taken for one that holds") {
  const test::temporary_directory where;
  filled(where);
  write(where / "audit.log", "");
  open(where);
  CHECK(read(where / "audit.log").find("log_damaged") != std::string::npos);
}

TEST_CASE("audit log: refusals, however many, push out nothing of what was accepted") {
  const test::temporary_directory where;
  auto log = open(where);
  REQUIRE(log.write(wall_time{1s}, "accepted", {{"jti", "a"}}));
  for (std::size_t i = 0; i < audit_log::max_file_bytes / 1000 * 4 / 9; ++i)
    REQUIRE(log.write_refusal(wall_time{1s}, much()));
  REQUIRE(log.write(wall_time{1s}, "exit", {{"jti", "a"}}));
  CHECK(check_audit(read(where / "audit.log"))->lines == 3);
  CHECK_FALSE(std::filesystem::exists(where / "audit.log.1"));
  CHECK(std::filesystem::exists(where / "refusals.log.2"));
  CHECK_FALSE(std::filesystem::exists(where / "refusals.log.3"));
  CHECK(check_audit(read(where / "refusals.log.1") + read(where / "refusals.log")));
}

TEST_CASE("audit log: while no new file can be made no old one is pushed out, and it goes on when it can") {
  const test::temporary_directory where;
  auto log = open(where);
  for (int i = 1; i <= audit_log::old_files; ++i)
    write(where / ("audit.log." + std::to_string(i)), std::to_string(i));
  const std::string in_the_way = where / "audit.log.next.new";
  std::filesystem::create_directory(in_the_way);
  std::filesystem::create_directory(in_the_way + "/full");
  while (log.write(wall_time{1s}, "accepted", much())) {
  }
  for (int i = 0; i < 20; ++i)
    CHECK_FALSE(log.write(wall_time{1s}, "accepted", much()));
  for (int i = 1; i <= audit_log::old_files; ++i)
    CHECK(read(where / ("audit.log." + std::to_string(i))) == std::to_string(i));
  CHECK(check_audit(read(where / "audit.log")));
  std::filesystem::remove_all(in_the_way);
  REQUIRE(log.write(wall_time{1s}, "accepted", much()));
  CHECK(read(where / "audit.log.2") == "1");
  CHECK(check_audit(read(where / "audit.log.1") + read(where / "audit.log")));
}

TEST_CASE("audit log: the power may go while a file is turned over") {
  const test::temporary_directory where;
  const auto text = filled(where);
  std::filesystem::rename(where / "audit.log", where / "audit.log.next");
  REQUIRE(open(where).write(wall_time{5s}, "accepted", {}));
  CHECK(check_audit(read(where / "audit.log"))->lines == 4);
}

TEST_CASE("audit log: files are bounded in size and number, and the chain goes through all of them") {
  const test::temporary_directory where;
  auto log = open(where);
  const auto lines = audit_log::max_file_bytes / 1000 * 2 + 10;
  for (std::size_t i = 0; i < lines / 9; ++i)
    REQUIRE(log.write(wall_time{1s}, "accepted", much()));
  CHECK(std::filesystem::exists(where / "audit.log.1"));
  CHECK_FALSE(std::filesystem::exists(where / "audit.log.3"));
  const auto whole = read(where / "audit.log.2") + read(where / "audit.log.1") + read(where / "audit.log");
  const auto checked = check_audit(whole);
  REQUIRE_MESSAGE(checked, checked.error().what);
  CHECK(std::filesystem::file_size(where / "audit.log.1") <= audit_log::max_file_bytes);
}
