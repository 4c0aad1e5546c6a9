#include "actors/command/command_journal.hpp"
#include "platform/private_file.hpp"
#include "tests/platform/temporary_directory.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>

using namespace tier2;
using namespace std::chrono_literals;

namespace {

unix_seconds at(wall_time when) { return std::chrono::floor<std::chrono::seconds>(when); }
wall_time now() { return std::chrono::system_clock::now(); }

command_claims claims(std::uint8_t number, std::chrono::seconds issued = 0s,
                      std::chrono::seconds lifetime = 1h) {
  command_claims made;
  made.jti.bytes[15] = number;
  made.issued = at(now() + issued);
  made.expires = made.issued + lifetime;
  made.cmd = run_command{};
  return made;
}

command_exit exit_with(std::int64_t code) {
  command_exit how;
  how.code = code;
  how.stdout_bytes = 7;
  how.detail = "as expected";
  return how;
}

command_journal::opened open(const test::temporary_directory& where, wall_time when = now(),
                             bool fresh = false) {
  auto made = command_journal::open(where.path(), when, fresh);
  REQUIRE_MESSAGE(made, made.error().what);
  return std::move(*made);
}

std::string path_in(const test::temporary_directory& where) { return where / "commands.journal"; }

private_bytes bytes_of(const test::temporary_directory& where) {
  auto bytes = read_private_file(path_in(where), 64U << 20U);
  REQUIRE(bytes);
  return std::move(*bytes);
}

/// In place, as somebody with an editor does.
void overwrite(const test::temporary_directory& where, std::span<const std::byte> bytes) {
  std::ofstream to{path_in(where), std::ios::binary | std::ios::trunc};
  to.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  REQUIRE(to.good());
}

/// Three commands: ended and acknowledged, ended, running.
void fill(const test::temporary_directory& where) {
  auto made = open(where, now(), true);
  auto& journal = made.journal;
  for (const std::uint8_t each : {1, 2, 3})
    REQUIRE(journal.accept(claims(each, 1s), now()));
  REQUIRE(journal.end(claims(1).jti, exit_with(0), now()));
  journal.output_complete(claims(1).jti, now());
  journal.acknowledge(claims(1).jti, now());
  REQUIRE(journal.end(claims(2).jti, exit_with(5), now()));
}

} // namespace

TEST_CASE("command journal: what was accepted is known after a restart, and how it ended") {
  const test::temporary_directory where;
  fill(where);
  const auto again = open(where);
  CHECK(again.warning == "");
  REQUIRE(again.journal.find(claims(1).jti) != nullptr);
  CHECK(again.journal.find(claims(1).jti)->acknowledged);
  REQUIRE(again.journal.find(claims(2).jti) != nullptr);
  CHECK(again.journal.find(claims(2).jti)->how.code == 5);
  CHECK(again.journal.find(claims(2).jti)->how.detail == "as expected");
  CHECK(again.journal.find(claims(4).jti) == nullptr);
}

TEST_CASE("command journal: what ran when the service died is interrupted, once") {
  const test::temporary_directory where;
  fill(where);
  const auto first = open(where);
  REQUIRE(first.interrupted == std::vector{claims(3).jti});
  CHECK(first.journal.find(claims(3).jti)->how.reason == exit_reason::interrupted);
  CHECK(first.journal.find(claims(3).jti)->how.output_lost);
  const auto second = open(where);
  CHECK(second.interrupted.empty());
  CHECK(second.journal.find(claims(3).jti)->how.reason == exit_reason::interrupted);
  CHECK(second.journal.unacknowledged() == std::vector{claims(2).jti, claims(3).jti});
}

TEST_CASE("command journal: an exit whose output was not acknowledged says so after a restart") {
  const test::temporary_directory where;
  fill(where);
  const auto again = open(where);
  CHECK_FALSE(again.journal.find(claims(1).jti)->how.output_lost);
  CHECK(again.journal.find(claims(2).jti)->how.output_lost);
}

TEST_CASE(
    "command journal: a machine that was nobody's agent before refuses only what was signed before now") {
  const test::temporary_directory where;
  const auto made = open(where, now(), true);
  CHECK(made.warning == "");
  CHECK_FALSE(made.journal.may_accept(claims(1, -5s)));
  CHECK(made.journal.may_accept(claims(1, 2s)));
}

TEST_CASE("command journal: a lost journal refuses all that may have run, also from a signer whose clock is "
          "ahead") {
  const test::temporary_directory where;
  fill(where);
  std::filesystem::remove(path_in(where));
  const auto again = open(where);
  CHECK(again.warning.find("it is missing") != std::string::npos);
  CHECK_FALSE(again.journal.may_accept(claims(9, 0s)));
  CHECK_FALSE(again.journal.may_accept(claims(9, 50s)));
  CHECK(again.journal.may_accept(claims(9, 63s)));
  CHECK_FALSE(open(where).journal.may_accept(claims(9, 0s))); // and goes on doing so
}

TEST_CASE("command journal: each damaged byte is noticed, and then everything signed until now is refused") {
  const test::temporary_directory where;
  fill(where);
  const auto whole = bytes_of(where);
  for (std::size_t i = 0; i < whole.size(); i += i < journal::header_bytes ? 1 : 7) {
    auto damaged = whole;
    damaged[i] ^= std::byte{0x10};
    CHECK_MESSAGE(journal::decode(damaged).damaged != "", i);
  }
  auto damaged = whole;
  damaged[journal::header_bytes + 300] ^= std::byte{1};
  overwrite(where, damaged);
  const auto again = open(where);
  CHECK(again.warning.find("record 2 is damaged") != std::string::npos);
  CHECK_FALSE(again.journal.may_accept(claims(9, 0s)));
  CHECK(again.journal.find(claims(1).jti) != nullptr); // what can still be read is kept
  CHECK(std::filesystem::exists(path_in(where) + ".damaged"));
}

TEST_CASE("command journal: records cannot be taken out, moved or repeated unnoticed") {
  const test::temporary_directory where;
  fill(where);
  const auto whole = bytes_of(where);
  const auto record = [&](std::size_t number) {
    const auto begin =
        whole.begin() + static_cast<std::ptrdiff_t>(journal::header_bytes + number * journal::record_bytes);
    return private_bytes(begin, begin + journal::record_bytes);
  };
  const auto made_of = [&](std::initializer_list<std::size_t> numbers) {
    private_bytes bytes(whole.begin(), whole.begin() + journal::header_bytes);
    for (const auto each : numbers) {
      const auto more = record(each);
      bytes.insert(bytes.end(), more.begin(), more.end());
    }
    return bytes;
  };
  CHECK(journal::decode(made_of({0, 1, 2})).damaged == "");
  CHECK(journal::decode(made_of({0, 2})).damaged != "");
  CHECK(journal::decode(made_of({1, 0, 2})).damaged != "");
  CHECK(journal::decode(made_of({0, 1, 1})).damaged != "");
}

TEST_CASE("command journal: a record torn by a crash was never acted upon, so it is dropped without alarm") {
  const test::temporary_directory where;
  fill(where);
  const auto whole = bytes_of(where);
  const auto records = journal::decode(whole).records.size();
  for (std::size_t cut = 1; cut < journal::record_bytes; cut += 5) {
    const auto torn = journal::decode(std::span{whole}.first(whole.size() - cut));
    CHECK(torn.damaged == "");
    CHECK(torn.torn);
    CHECK(torn.records.size() == records - 1);
  }
  auto zeros = whole;
  zeros.insert(zeros.end(), journal::record_bytes, std::byte{0});
  CHECK(journal::decode(zeros).torn);
  CHECK(journal::decode(zeros).records.size() == records);
}

TEST_CASE("command journal: a backup that was brought back is noticed as a copy") {
  const test::temporary_directory where;
  fill(where);
  std::filesystem::copy_file(path_in(where), where / "backup");
  {
    auto running = open(where);
    REQUIRE(running.journal.accept(claims(7, 1s), now()));
  }
  std::filesystem::rename(where / "backup", path_in(where));
  const auto again = open(where);
  CHECK(again.warning.find("it is a copy") != std::string::npos);
  CHECK(again.journal.find(claims(7).jti) == nullptr);
  CHECK_FALSE(again.journal.may_accept(claims(7, 1s))); // forgotten, and refused all the same
}

TEST_CASE("command journal: a backup written over the same file is noticed by the time of its change") {
  const test::temporary_directory where;
  private_bytes backup;
  {
    auto made = open(where, now() - 1h, true); // an hour ago, by its own word
    REQUIRE(made.journal.accept(claims(1, 1s), now() - 1h));
    backup = bytes_of(where);
  }
  overwrite(where, backup);
  const auto again = open(where);
  CHECK(again.warning.find("it was changed after this program had written it") != std::string::npos);
  CHECK_FALSE(again.journal.may_accept(claims(9, 0s)));
}

TEST_CASE("command journal: what was forgotten after its end cannot be repeated by setting the clock back") {
  const test::temporary_directory where;
  fill(where);
  const auto later = now() + 2h;
  {
    const auto pruned = open(where, later);
    CHECK(pruned.journal.find(claims(1).jti) == nullptr); // acknowledged and over
    CHECK(pruned.journal.find(claims(2).jti) != nullptr); // its exit is still to be said
  }
  const auto back = open(where); // the clock is two hours earlier again
  CHECK(back.warning == "");
  CHECK_FALSE(back.journal.may_accept(claims(1, 1s)));
  CHECK(back.journal.may_accept(claims(8, 1s, 3h)));
}

TEST_CASE("command journal: when it is full no more commands are taken") {
  const test::temporary_directory where;
  {
    const auto made = open(where, now(), true);
  }
  journal::sum chain = journal::decode(bytes_of(where)).chain;
  std::ofstream to{path_in(where), std::ios::binary | std::ios::app};
  for (std::size_t i = 0; i < command_journal::max_entries; ++i) {
    journal::record each{journal::kind::accepted, {}, at(now() + 1h), at(now()), now(), {}};
    each.jti.bytes[0] = static_cast<std::uint8_t>(i >> 8U);
    each.jti.bytes[1] = static_cast<std::uint8_t>(i);
    each.jti.bytes[2] = 1;
    const auto bytes = journal::encode(each, chain);
    to.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  to.close();
  const auto full = open(where);
  CHECK(full.warning == "");
  CHECK(full.journal.size() == command_journal::max_entries);
  const auto refused = full.journal.may_accept(claims(9, 5s));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::too_large);
}

TEST_CASE("command journal: a command that could not be written down must not run, and the next one can be") {
  const test::temporary_directory where;
  auto made = open(where, now(), true);
  auto& journal = made.journal;
  REQUIRE(journal.accept(claims(1, 1s), now()));
  const auto before = std::filesystem::file_size(path_in(where));
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit usual{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &usual) == 0);
  const rlimit tight{before + 100, usual.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
  const auto refused = journal.accept(claims(2, 1s), now());
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &usual) == 0);
  CHECK_FALSE(refused);
  CHECK(journal.find(claims(2).jti) == nullptr);
  CHECK(std::filesystem::file_size(path_in(where)) == before);
  REQUIRE(journal.accept(claims(3, 1s), now()));
  CHECK(journal::decode(bytes_of(where)).damaged == "");
}

TEST_CASE("command journal: an acknowledgement is written once, and only of what has ended") {
  const test::temporary_directory where;
  auto made = open(where, now(), true);
  auto& journal = made.journal;
  REQUIRE(journal.accept(claims(1, 1s), now()));
  CHECK_FALSE(journal.acknowledge(claims(1).jti, now())); // it runs
  CHECK_FALSE(journal.acknowledge(claims(9).jti, now())); // nobody knows it
  REQUIRE(journal.end(claims(1).jti, exit_with(0), now()));
  CHECK(journal.output_complete(claims(1).jti, now()));
  CHECK(journal.acknowledge(claims(1).jti, now()));
  const auto bytes = journal.file_bytes();
  for (int i = 0; i < 1000; ++i) {
    CHECK_FALSE(journal.acknowledge(claims(1).jti, now()));
    CHECK_FALSE(journal.output_complete(claims(1).jti, now()));
  }
  CHECK(journal.file_bytes() == bytes);
  CHECK(std::filesystem::file_size(path_in(where)) == bytes);
}

TEST_CASE(
    "command journal: a file beyond its bound is put aside like a damaged one, and nobody's file with it") {
  const test::temporary_directory where;
  fill(where);
  std::ofstream{path_in(where) + ".damaged"} << "of the last time";
  std::filesystem::resize_file(path_in(where), 64U << 20U);
  const auto again = open(where);
  CHECK(again.warning.find("larger than") != std::string::npos);
  CHECK_FALSE(again.journal.may_accept(claims(9, 0s)));
  CHECK(std::filesystem::file_size(path_in(where) + ".damaged") == 16);
  CHECK(std::filesystem::file_size(path_in(where) + ".damaged.1") == 64U << 20U);
}

TEST_CASE("command journal: nothing is accepted by a program whose journal another one has replaced") {
  const test::temporary_directory where;
  auto first = open(where, now(), true);
  REQUIRE(first.journal.accept(claims(1, 1s), now()));
  auto second = open(where);
  const auto refused = first.journal.accept(claims(2, 1s), now());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::conflict);
  CHECK(second.journal.accept(claims(2, 1s), now()));
}

TEST_CASE("command journal: one that is lost while the clock is behind refuses what was signed until its "
          "files' time") {
  const test::temporary_directory where;
  fill(where);
  std::ofstream{where / "audit.log"} << "written today";
  SUBCASE("missing") { std::filesystem::remove(path_in(where)); }
  SUBCASE("damaged") {
    auto bytes = bytes_of(where);
    bytes[journal::header_bytes + 3] ^= std::byte{1};
    overwrite(where, bytes);
  }
  SUBCASE("not a journal at all") { overwrite(where, private_bytes(10)); }
  const auto behind = open(where, now() - 24h * 3650);
  CHECK(behind.warning != "");
  CHECK_FALSE(behind.journal.may_accept(claims(9, 0s)));
  CHECK_FALSE(behind.journal.may_accept(claims(9, 55s)));
  CHECK(behind.journal.may_accept(claims(9, 63s)));
}

TEST_CASE("command journal: it knows how late it is at least, also after a restart and a forgetting") {
  const test::temporary_directory where;
  fill(where);
  const auto signed_at = at(now()) + 1s;
  CHECK(open(where).journal.latest_issued() <= signed_at);
  CHECK(open(where).journal.latest_issued() >= signed_at - 5s);
  const auto latest = open(where).journal.latest_issued();
  CHECK(open(where, now() + 24h * 365).journal.find(claims(1).jti) == nullptr);
  CHECK(open(where).journal.latest_issued() == latest);
}

TEST_CASE("command journal: permissions that let others in stop all commands") {
  const test::temporary_directory where;
  fill(where);
  std::filesystem::permissions(path_in(where), std::filesystem::perms{0644});
  const auto refused = command_journal::open(where.path(), now(), false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::permission_denied);
}

TEST_CASE("command journal: the bytes of version 1 are these") {
  journal::sum chain{};
  journal::header head{
      {0x0102030405060708, 9}, wall_time{10ms}, unix_seconds{11s}, unix_seconds{12s}, unix_seconds{13s}};
  auto bytes = journal::encode(head, chain);
  journal::record record{journal::kind::ended, claims(1).jti, {}, {}, wall_time{20ms}, exit_with(-1)};
  const auto more = journal::encode(record, chain);
  REQUIRE(bytes.size() == journal::header_bytes);
  REQUIRE(more.size() == journal::record_bytes);
  bytes.insert(bytes.end(), more.begin(), more.end());
  const auto back = journal::decode(bytes);
  CHECK(back.damaged == "");
  CHECK(back.header == head);
  CHECK(back.records == std::vector{record});
  CHECK(std::to_integer<int>(bytes[9]) == 1);
  CHECK(std::to_integer<int>(bytes[16]) == 1);
  CHECK(std::to_integer<int>(bytes[23]) == 8);
}
