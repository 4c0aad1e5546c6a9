#include "tests/platform/running_command.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <sys/wait.h>

using namespace tier2;
using namespace tier2::test;
using namespace std::chrono_literals;

namespace {

/// Starts processes that leave the session and the process group, double-forked, and says their numbers; goes
/// on when all are said.
const std::string scattering = "export SAID=$(mktemp -d)\n"
                               "setsid sleep 1000 & echo a=$!\n"
                               "(setsid sh -c 'sleep 1001 & echo b=$!; : >$SAID/b; sleep 1002' &)\n"
                               "sh -c 'sh -c \"setsid sleep 1003 & echo c=\\$!; : >$SAID/c\" & wait'\n"
                               "until [ -e $SAID/b ] && [ -e $SAID/c ]; do :; done; rm -r $SAID\n";

struct scattered {
  pid_t a, b, c;
  bool complete() const { return a > 0 && b > 0 && c > 0; }
  bool gone() const { return !exists(a) && !exists(b) && !exists(c); }
};
scattered wait_for(running_command& command) {
  return {command.number("a"), command.number("b"), command.number("c")};
}

} // namespace

TEST_CASE("a time-out ends the tree and says so") {
  const script_place scripts;
  auto what = sh(scripts, scattering + "echo ready; sleep 1000");
  what.what.timeout = 5s;
  running_command command{what};
  const auto all = wait_for(command);
  CHECK(all.complete());
  const auto said = command.result();
  CHECK(said.exit.reason == exit_reason::timed_out);
  CHECK(said.exit.signal == SIGTERM);
  CHECK(said.exit.duration_ms >= 3000);
  CHECK(all.gone());
  CHECK(!has_children());
}

TEST_CASE("TERM first: a program that handles it ends in its own way, also when it was stopped") {
  const script_place scripts;
  running_command command{
      sh(scripts, "trap 'echo bye; exit 5' TERM\necho self=$$\nwhile :; do sleep 1000 & wait $!; done")};
  const auto self = command.number("self");
  REQUIRE(self > 0);
  ::kill(self, SIGSTOP);
  REQUIRE(eventually([&] { return os::look_at(self)->state == 'T'; }));
  command.tree().cancel();
  const auto said = command.result();
  CHECK(said.exit.reason == exit_reason::cancelled);
  CHECK(said.out.ends_with("bye\n"));
  CHECK(said.exit.code == 5);
  CHECK(said.exit.signal == 0);
}

TEST_CASE("KILL after the grace time, to every one that ignores TERM, wherever it went") {
  const script_place scripts;
  auto what = sh(scripts, "trap '' TERM\n" + scattering + "echo ready; while :; do sleep 1000; done");
  what.kill_after = 100ms;
  running_command command{what};
  const auto all = wait_for(command);
  REQUIRE(all.complete());
  REQUIRE(command.says("ready"));
  command.tree().cancel();
  const auto said = command.result();
  CHECK(said.exit.reason == exit_reason::cancelled);
  CHECK(said.exit.signal == SIGKILL);
  CHECK(all.gone());
  CHECK(processes_of(what.jti).empty());
  CHECK(!has_children());
}

TEST_CASE("what outlives a program that ended by itself is killed at once") {
  const script_place scripts;
  auto what = sh(scripts, "trap '' TERM\n" + scattering + "exit 4");
  what.kill_after = std::chrono::hours{1};
  running_command command{what};
  const auto said = command.result();
  CHECK(said.exit.reason == exit_reason::finished);
  CHECK(said.exit.code == 4);
  const auto all = wait_for(command);
  CHECK(all.complete());
  CHECK(all.gone());
  CHECK(processes_of(what.jti).empty());
}

TEST_CASE("an orphan that holds the pipe does not block the end, and what it wrote before is there") {
  const script_place scripts;
  const auto said =
      run(sh(scripts, "setsid sh -c 'echo from the orphan; exec sleep 1000' &\n"
                      "until [ \"$(tr -d '\\0' < /proc/$!/cmdline)\" = sleep1000 ]; do :; done; echo end"));
  CHECK(said.exit.reason == exit_reason::finished);
  CHECK(said.out == "from the orphan\nend\n");
}

TEST_CASE("200 processes, each with a session of its own and new ones in place of the dead, all end") {
  const script_place scripts;
  // Bounded: each of the 200 starts another one every time a child of its own is killed.
  auto what =
      sh(scripts, "trap '' TERM; i=0; while [ $i -lt 200 ]; do i=$((i+1))\n"
                  "setsid sh -c 'trap \"\" TERM; while :; do sleep 1000; done' & done; echo ready; wait");
  what.kill_after = 50ms;
  running_command command{what};
  REQUIRE(command.says("ready"));
  REQUIRE(eventually([&] { return processes_of(what.jti).size() > 400; }));
  command.tree().cancel();
  const auto said = command.result();
  CHECK(said.exit.reason == exit_reason::cancelled);
  CHECK(processes_of(what.jti).empty());
  CHECK(!has_children());
}

TEST_CASE("a command that forks without end is ended") {
  const script_place scripts;
  // Each generation is one process that starts the next and goes: nobody to signal lives long.
  const temporary_directory own;
  const auto next = own / "next";
  auto what = sh(scripts, "cat > " + next + " <<'E'\nsetsid sh \"$0\" &\nE\nsetsid sh " + next +
                              " & echo ready; sleep 1000");
  what.kill_after = 50ms;
  running_command command{what};
  REQUIRE(command.says("ready"));
  command.tree().cancel();
  CHECK(command.result().exit.reason == exit_reason::cancelled);
  CHECK(processes_of(what.jti).empty());
}

TEST_CASE("a cancel after the end changes nothing, and one at the very start ends it") {
  const script_place scripts;
  running_command done{sh(scripts, "exit 3")};
  CHECK(done.result().exit.code == 3);
  done.tree().cancel();
  CHECK(done.so_far().exits == 1);
  running_command begun{sh(scripts, "sleep 1000")};
  begun.tree().cancel();
  CHECK(begun.result().exit.reason == exit_reason::cancelled);
}

TEST_CASE("letting go of a running tree kills it at once and still says how it ended") {
  const script_place scripts;
  auto what = sh(scripts, "trap '' TERM\n" + scattering + "echo ready; while :; do sleep 1000; done");
  what.kill_after = std::chrono::hours{1};
  running_command command{what};
  const auto all = wait_for(command);
  REQUIRE(command.says("ready"));
  command.forget();
  const auto said = command.so_far();
  CHECK(said.exits == 1);
  CHECK(said.exit.reason == exit_reason::interrupted);
  CHECK(!said.exit.detail.empty());
  CHECK(all.gone());
  CHECK(scripts.empty());
}

TEST_CASE("a killed keeper takes the tree with it: interrupted, and other commands and children live on") {
  const script_place scripts;
  running_command other{sh(scripts, "echo self=$$; exec sleep 1000")};
  const auto other_child = other.number("self");
  const pid_t own_child = ::fork();
  if (own_child == 0) {
    for (;;)
      ::pause();
  }
  auto what = sh(scripts, "trap '' TERM\n" + scattering +
                              "echo keeper=$PPID; echo ready; while :; do sleep 1000; done");
  running_command command{what};
  const auto all = wait_for(command);
  const auto keeper = command.number("keeper");
  REQUIRE(keeper > 0);
  REQUIRE(command.says("ready"));
  ::kill(keeper, SIGKILL);
  const auto said = command.result();
  CHECK(said.exit.reason == exit_reason::interrupted);
  CHECK(said.exit.detail.find("was killed") != std::string::npos);
  CHECK(all.gone());
  CHECK(processes_of(what.jti).empty());
  command.forget();

  CHECK(exists(other_child));
  CHECK(::waitpid(own_child, nullptr, WNOHANG) == 0); // neither dead nor reaped
  ::kill(own_child, SIGKILL);
  CHECK(::waitpid(own_child, nullptr, 0) == own_child);
  other.tree().cancel();
  CHECK(other.result().exit.reason == exit_reason::cancelled);
  CHECK(!has_children());
}

TEST_CASE("a command that kills its own keeper is interrupted") {
  const script_place scripts;
  auto what = sh(scripts, "setsid sleep 1000 & kill -KILL $PPID; sleep 1000");
  CHECK(run(what).exit.reason == exit_reason::interrupted);
  CHECK(processes_of(what.jti).empty());
  CHECK(!has_children());
}

TEST_CASE("a keeper that the command stopped is killed when it does not answer, and the reason stays") {
  const script_place scripts;
  auto what = sh(scripts, "kill -STOP $PPID; echo ready; sleep 1000");
  what.kill_after = 0ms;
  running_command command{what};
  REQUIRE(command.says("ready"));
  command.tree().cancel();
  const auto said = command.result(); // after the 12 s that a keeper is given
  CHECK(said.exit.reason == exit_reason::cancelled);
  CHECK(said.exit.detail.find("was killed") != std::string::npos);
  CHECK(processes_of(what.jti).empty());
  CHECK(!has_children());
}

TEST_CASE("a killed service takes the tree with it") {
  const script_place scripts;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  auto what = sh(scripts, "trap '' TERM\n" + scattering + "echo ready; while :; do sleep 1000; done");
  // A program of its own (not a fork: other tests' threads are in here) that starts the tree.
  const pid_t service = ::fork();
  if (service == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::execl(TIER2_TREE_OWNER, "tree_owner", TIER2_RUNNER, scripts.path().c_str(), to_string(what.jti).c_str(),
            what.what.script.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  std::string heard;
  char byte = 0;
  while (heard.find("ready") == std::string::npos && ::read(ends[0], &byte, 1) == 1)
    heard += byte;
  ::close(ends[0]);
  REQUIRE(heard.find("ready") != std::string::npos);
  CHECK(processes_of(what.jti).size() >= 4);
  ::kill(service, SIGKILL);
  ::waitpid(service, nullptr, 0);
  CHECK(eventually([&] { return processes_of(what.jti).empty(); }));
  CHECK(!scripts.empty()); // for the next service to sweep
  os::sweep_scripts(scripts.path());
  CHECK(scripts.empty());
}

TEST_CASE("the keeper refuses to be started by anybody else") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t keeper = ::fork();
  if (keeper == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    ::execl(TIER2_RUNNER, "tier2-runner", nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  std::string words(256, '\0');
  words.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::read(ends[0], words.data(), words.size()))));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(keeper, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 2);
  CHECK(words.find("started by tier2-service") != std::string::npos);
}
