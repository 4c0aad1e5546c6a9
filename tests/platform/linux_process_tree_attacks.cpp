#include "tests/platform/running_command.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>

using namespace tier2;
using namespace tier2::test;
using namespace std::chrono_literals;

namespace {

/// Thousands of processes that have nothing to do with any command; over after two minutes whatever happens.
class crowd {
public:
  explicit crowd(int size) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    leader_ = ::fork();
    if (leader_ == 0) {
      ::setpgid(0, 0);
      int made = 1;
      while (made < size && ::fork() > 0)
        ++made;
      ::alarm(120);
      if (::getpid() == ::getpgrp() && ::write(ends[1], &made, sizeof made) < 0) ::_exit(1);
      for (;;)
        ::pause();
    }
    ::close(ends[1]);
    REQUIRE(::read(ends[0], &size_, sizeof size_) == sizeof size_);
    ::close(ends[0]);
  }
  ~crowd() {
    ::kill(-leader_, SIGKILL);
    while (::waitpid(-leader_, nullptr, 0) > 0 || errno == EINTR) {
    }
  }
  int size() const { return size_; }

private:
  pid_t leader_;
  int size_{};
};

/// A lock that a command's processes inherit, so that it is free only when each of them is gone.
class life_line {
public:
  life_line() {
    ::chmod(directory_.path().c_str(), 0755);
    const os::unique_fd file{::open(path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)};
    ::chmod(path().c_str(), 0666);
  }
  std::string path() const { return directory_ / "lock"; }
  std::string take() const { return "exec 9<>" + path() + "; flock -n 9 || exit 99\n"; }
  bool all_gone() const {
    const os::unique_fd file{::open(path().c_str(), O_RDWR | O_CLOEXEC)};
    return file && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
  }

private:
  temporary_directory directory_;
};

process_tree::options as_somebody(process_tree::options what) {
  return ::geteuid() == 0 ? as_user(std::move(what), 65534) : what;
}

} // namespace

TEST_CASE("chains of processes that only start the next one end, however many others the machine has") {
  const crowd others{2000};
  CHECK(others.size() == 2000);
  const script_place scripts;
  const attacker_program attacker;
  for (const auto& [kind, group] : {std::pair{"comet 4", "none"},
                                    {"leaps 8", "none"},
                                    {"caterpillar 4", "none"},
                                    {"leaps 8", ""},
                                    {"caterpillar 4", ""}}) { // in a group where there is one
    CAPTURE(kind);
    CAPTURE(group);
    const life_line line;
    auto what = as_somebody(sh(scripts, line.take() + "ulimit -u 3000; " + attacker.path() + " " + kind +
                                            "; trap '' TERM; sleep 1000"));
    what.kill_after = 50ms;
    what.cgroup = group;
    running_command command{what};
    REQUIRE(command.says("ready"));
    CHECK(!line.all_gone());
    command.tree().cancel();
    const auto said = command.result();
    CHECK(said.exit.reason == exit_reason::cancelled);
    CHECK(said.exit.detail.empty());
    CHECK(line.all_gone());
    command.forget();
  }
}

TEST_CASE("such chains end with the program, with the time, and with the service") {
  const script_place scripts;
  const attacker_program attacker;
  SUBCASE("with the program") {
    const life_line line;
    const auto said = run(as_somebody(sh(scripts, line.take() + attacker.path() + " leaps 4; exit 4")));
    CHECK(said.exit.reason == exit_reason::finished);
    CHECK(said.exit.code == 4);
    CHECK(line.all_gone());
  }
  SUBCASE("with the time") {
    const life_line line;
    auto what =
        as_somebody(sh(scripts, line.take() + attacker.path() + " comet 4; trap '' TERM; sleep 1000"));
    what.what.timeout = 1s;
    what.kill_after = 50ms;
    CHECK(run(what).exit.reason == exit_reason::timed_out);
    CHECK(line.all_gone());
  }
  SUBCASE("with the service") {
    const life_line line;
    running_command command{
        as_somebody(sh(scripts, line.take() + attacker.path() + " caterpillar 2; sleep 1000"))};
    REQUIRE(command.says("ready"));
    command.forget();
    CHECK(command.so_far().exit.reason == exit_reason::interrupted);
    CHECK(line.all_gone());
  }
  SUBCASE("with the keeper") {
    const life_line line;
    running_command command{as_somebody(
        sh(scripts, "echo keeper=$PPID\n" + line.take() + attacker.path() + " leaps 4; sleep 1000"))};
    const auto keeper = command.number("keeper");
    REQUIRE(keeper > 0);
    REQUIRE(command.says("ready"));
    ::kill(keeper, SIGKILL);
    const auto said = command.result();
    CHECK(said.exit.reason == exit_reason::interrupted);
    CHECK(said.exit.detail.find("was ended") != std::string::npos);
    CHECK(line.all_gone());
  }
  CHECK(!has_children());
}
