#include "tests/platform/running_command.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>

using namespace tier2;
using namespace tier2::test;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t mebibyte = 1U << 20U;

/// Our own memory in bytes (proc(5), statm).
std::uint64_t resident() {
  const auto text = os::read_text("/proc/self/statm", 256).value_or("0 0");
  return std::stoull(text.substr(text.find(' '))) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// "yes" sleeps nowhere but in writing to a full pipe.
bool sleeps(pid_t process) {
  const auto entry = os::look_at(process);
  return entry && entry->state == 'S';
}

} // namespace

TEST_CASE(
    "output is read only while there is credit: the child waits, memory stays, and a cancel still ends it") {
  const script_place scripts;
  auto what = sh(scripts, "echo self=$$ >&2; exec yes");
  what.credit = mebibyte;
  what.what.max_output_bytes = largest_output_bytes;
  running_command command{what};
  REQUIRE(eventually([&] { return command.delivered() == mebibyte; }));
  const auto before = resident();
  pid_t child = -1;
  REQUIRE(eventually([&] {
    const auto said = command.so_far().err;
    if (said.starts_with("self=") && said.ends_with("\n")) child = std::stoi(said.substr(5));
    return child > 0;
  }));
  CHECK(eventually([&] { return sleeps(child); }));
  CHECK(command.delivered() == mebibyte);
  CHECK(resident() < before + 4 * mebibyte);
  command.tree().add_credit(mebibyte / 2);
  REQUIRE(eventually([&] { return command.delivered() == mebibyte + mebibyte / 2; }));
  command.tree().cancel();
  const auto said = command.result();
  CHECK(said.exit.reason == exit_reason::cancelled);
  // What was in the pipe at the end comes without credit.
  CHECK(said.exit.stdout_bytes + said.exit.stderr_bytes == said.out.size() + said.err.size());
  CHECK(said.out.size() <= mebibyte * 3 / 2 + 2 * 65536);
  CHECK(!said.exit.truncated);
  CHECK(!exists(child));
}

TEST_CASE("a time-out ends a child that waits for credit") {
  const script_place scripts;
  auto what = sh(scripts, "exec yes");
  what.credit = 1000;
  what.what.timeout = 1s;
  const auto said = run(what);
  CHECK(said.exit.reason == exit_reason::timed_out);
  CHECK(said.exit.signal == SIGTERM);
}

TEST_CASE("credit given at once or in pieces brings the same output, in chunks of at most 64 KiB") {
  const script_place scripts;
  auto what = sh(scripts, "seq 200000; seq 1000 >&2");
  what.credit = 0;
  running_command command{what};
  const auto expected = run(sh(scripts, "seq 200000")).out;
  std::uint64_t given = 0;
  for (std::uint64_t piece = 1; !command.so_far().exits && given < 4 * mebibyte; piece = piece * 2 + 1) {
    command.tree().add_credit(piece);
    given += piece;
  }
  const auto said = command.result();
  CHECK(said.out == expected);
  CHECK(said.err.size() == 3893);
  CHECK(said.in_order);
  CHECK(said.largest_chunk <= 65536);
}

TEST_CASE("more credit than a number holds is no less") {
  const script_place scripts;
  auto what = sh(scripts, "seq 1000");
  what.credit = 10;
  running_command command{what};
  command.tree().add_credit(~0ULL);
  command.tree().add_credit(~0ULL);
  CHECK(command.result().out.size() == 3893);
}

TEST_CASE("1 GiB of output is cut at the limit, without credit for what is thrown away, with true counts") {
  const script_place scripts;
  auto what = sh(scripts, "head -c 1073741824 /dev/zero; echo end >&2");
  what.what.max_output_bytes = 3 * mebibyte + 17;
  what.credit = 3 * mebibyte + 17;
  running_command command{what, false};
  const auto said = command.result();
  CHECK(said.exit.reason == exit_reason::finished);
  CHECK(said.exit.stdout_bytes == 1073741824);
  CHECK(said.exit.stderr_bytes == 4);
  CHECK(said.exit.truncated);
  CHECK(command.delivered() == 3 * mebibyte + 17);
  CHECK(said.in_order);
}

TEST_CASE("the limit counts both streams together and what fits exactly is not cut") {
  const script_place scripts;
  auto what = sh(scripts, "printf 12345; sleep 0.1; printf 678 >&2");
  what.what.max_output_bytes = 8;
  auto said = run(what);
  CHECK(said.out == "12345");
  CHECK(said.err == "678");
  CHECK(!said.exit.truncated);
  what.what.max_output_bytes = 7;
  said = run(what);
  CHECK(said.out.size() + said.err.size() == 7);
  CHECK(said.exit.truncated);
  CHECK(said.exit.stdout_bytes == 5);
  CHECK(said.exit.stderr_bytes == 3);
}

TEST_CASE("with \"kill\", more output than the limit ends the tree") {
  const script_place scripts;
  auto what = sh(scripts, "yes");
  what.what.max_output_bytes = 100'000;
  what.what.on_overflow = overflow_rule::kill;
  const auto said = run(what);
  CHECK(said.exit.reason == exit_reason::overflow);
  CHECK(said.out.size() == 100'000);
  CHECK(said.exit.truncated);
  CHECK(said.exit.stdout_bytes > 100'000);
  what.what.script = "printf 123";
  what.what.max_output_bytes = 3;
  CHECK(run(what).exit.reason == exit_reason::finished);
  what.what.max_output_bytes = 2;
  CHECK(run(what).exit.reason == exit_reason::overflow); // although it had ended by itself
}

TEST_CASE("output that a closed stream makes impossible does not spin or hang") {
  const script_place scripts;
  const auto said = run(sh(scripts, "exec >&- 2>&-; sleep 0.2; exit 3"));
  CHECK(said.exit.code == 3);
  CHECK(said.out.empty());
}
