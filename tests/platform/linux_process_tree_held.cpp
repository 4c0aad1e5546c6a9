#include "tests/platform/running_command.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <fstream>
#include <sys/wait.h>

using namespace tier2;
using namespace tier2::test;
using namespace std::chrono_literals;

namespace {

process_tree::options as_somebody(process_tree::options what) {
  return ::geteuid() == 0 ? as_user(std::move(what), 65534) : what;
}

/// A process of the same account, outside of the tree, that holds the end of another one for itself. In our
/// session, so that it is nobody's orphan.
class holder {
public:
  explicit holder(pid_t whom) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    process_ = ::fork();
    if (process_ == 0) {
      if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(1);
      ::dup2(ends[1], STDOUT_FILENO);
      ::execl(TIER2_TREE_ATTACKER, "tree_attacker", "trace", std::to_string(whom).c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    char byte = 0;
    holds_ = ::read(ends[0], &byte, 1) == 1;
    ::close(ends[0]);
    if (!holds_) MESSAGE("NOT TESTED: a held process, because ptrace(2) is not allowed here");
  }
  ~holder() { end(); }
  void end() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
  }
  bool holds() const { return holds_; }

private:
  pid_t process_;
  bool holds_{};
};

bool is_zombie(pid_t process) {
  const auto entry = os::look_at(process);
  return entry && entry->state == 'Z';
}

/// A group of the old freezer, in which a process sleeps so that not even KILL wakes it.
class freezer {
public:
  freezer() {
    std::ifstream mounts{"/proc/mounts"};
    for (std::string device, where, type, how, rest;
         mounts >> device >> where >> type >> how && std::getline(mounts, rest);)
      if (type == "cgroup" && ("," + how + ",").find(",freezer,") != std::string::npos)
        path_ = where + "/t2-test-" + std::to_string(::getpid());
    if (path_.empty() || ::mkdir(path_.c_str(), 0755) != 0) {
      path_.clear();
      MESSAGE("NOT TESTED: a process that cannot be ended, because there is no freezer (cgroup v1) here");
    }
  }
  ~freezer() {
    if (path_.empty()) return;
    thaw();
    CHECK(eventually([&] { return ::rmdir(path_.c_str()) == 0; }));
  }
  bool works() const { return !path_.empty(); }
  void freeze(pid_t process) {
    write("cgroup.procs", std::to_string(process));
    write("freezer.state", "FROZEN");
    REQUIRE(eventually([&] {
      std::string state;
      std::ifstream{path_ + "/freezer.state"} >> state;
      return state == "FROZEN";
    }));
  }
  void thaw() { write("freezer.state", "THAWED"); }

private:
  void write(const char* file, const std::string& text) { std::ofstream{path_ + "/" + file} << text; }
  std::string path_;
};

} // namespace

TEST_CASE("a command whose end somebody else holds ends all the same, and how it ended is known") {
  const script_place scripts;
  const temporary_directory directory;
  ::chmod(directory.path().c_str(), 0755);
  const auto words = directory / "words";
  REQUIRE(::mkfifo(words.c_str(), 0644) == 0);
  ::chmod(words.c_str(), 0644);
  running_command command{as_somebody(sh(scripts, "echo self=$$; read word <" + words + "; exit $word"))};
  const auto self = command.number("self");
  REQUIRE(self > 0);
  holder other{self};
  if (!other.holds()) return;
  SUBCASE("it ends by itself") {
    std::ofstream{words} << 7 << std::endl;
    const auto said = command.result();
    CHECK(said.exit.reason == exit_reason::finished);
    CHECK(said.exit.code == 7);
    CHECK(said.exit.detail.empty());
    CHECK(!said.exit.left_over);
  }
  SUBCASE("it is cancelled") {
    command.tree().cancel();
    const auto said = command.result(); // its holder does not let it have TERM
    CHECK(said.exit.reason == exit_reason::cancelled);
    CHECK(said.exit.signal == SIGKILL);
    CHECK(said.exit.detail.empty());
  }
  CHECK(is_zombie(self)); // still held
  other.end();
  // The next command reaps it.
  CHECK(run(sh(scripts, "exit 3")).exit.code == 3);
  CHECK(!exists(self));
  CHECK(!has_children());
}

TEST_CASE(
    "neither does a held descendant delay the end, nor one of a killed keeper, nor that of the service") {
  const script_place scripts;
  const std::string script = "echo keeper=$PPID; trap '' TERM; setsid sleep 1000 & echo other=$!\n"
                             "while :; do sleep 1000; done";
  auto what = as_somebody(sh(scripts, script));
  what.kill_after = 50ms;
  running_command command{what};
  const auto keeper = command.number("keeper"), held = command.number("other");
  REQUIRE(held > 0);
  holder other{held};
  if (!other.holds()) return;
  SUBCASE("cancelled") {
    command.tree().cancel();
    CHECK(command.result().exit.reason == exit_reason::cancelled);
    CHECK(command.so_far().exit.detail.empty());
  }
  SUBCASE("the keeper is killed") {
    ::kill(keeper, SIGKILL);
    CHECK(command.result().exit.reason == exit_reason::interrupted);
    CHECK(command.so_far().exit.detail.find("was ended") != std::string::npos);
  }
  SUBCASE("the service ends") {
    command.tree().end();
    CHECK(command.result().exit.reason == exit_reason::interrupted);
  }
  CHECK(is_zombie(held));
  command.forget();
  other.end();
  CHECK(run(sh(scripts, "exit 3")).exit.code == 3);
  CHECK(!has_children());
}

TEST_CASE("what cannot be ended is given up and named; it is gone when the system lets go of it") {
  const script_place scripts;
  freezer ice;
  if (!ice.works()) return;
  running_command command{
      as_somebody(sh(scripts, "setsid sleep 1000 & echo other=$!; echo keeper=$PPID; wait"))};
  const auto other = command.number("other"), keeper = command.number("keeper");
  REQUIRE(other > 0);
  REQUIRE(keeper > 0);
  ice.freeze(other);
  exit_reason reason{};
  SUBCASE("cancelled") {
    command.tree().cancel();
    reason = exit_reason::cancelled;
  }
  SUBCASE("the keeper is killed") {
    ::kill(keeper, SIGKILL);
    reason = exit_reason::interrupted;
  }
  SUBCASE("the service ends") {
    command.tree().end();
    reason = exit_reason::interrupted;
  }
  const auto said = command.result();
  CHECK(said.exits == 1);
  CHECK(said.exit.reason == reason);
  CHECK(said.exit.left_over);
  CHECK(said.exit.detail.find("could not be ended") != std::string::npos);
  CHECK(said.exit.detail.find(std::to_string(other)) != std::string::npos);
  command.forget();
  CHECK(exists(other));
  ice.thaw();
  REQUIRE(eventually([&] { return is_zombie(other); }));
  CHECK(run(sh(scripts, "exit 3")).exit.code == 3);
  CHECK(!has_children());
}
