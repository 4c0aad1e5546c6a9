#include "tests/platform/running_command.hpp"

#include "platform/linux/tree/child_start.hpp"
#include "platform/linux/tree/command_account.hpp"

#include <doctest/doctest.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <pwd.h>
#include <sched.h>
#include <sstream>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>

using namespace tier2;
using namespace tier2::test;

namespace {

/// Some account that is not root and is in more groups than one, if this machine has one; else "nobody".
struct some_account {
  std::string name;
  uid_t user{};
  gid_t group{};
};
some_account account_with_groups() {
  some_account found{"nobody", 65534, 65534};
  ::setgrent();
  for (const group* each = nullptr; (each = ::getgrent()) != nullptr;)
    for (char** member = each->gr_mem; *member != nullptr; ++member)
      if (const passwd* entry = ::getpwnam(*member); entry != nullptr && entry->pw_uid != 0) {
        found = {entry->pw_name, entry->pw_uid, entry->pw_gid};
        ::endgrent();
        return found;
      }
  ::endgrent();
  return found;
}

bool root_is_missing() {
  if (::geteuid() == 0) return false;
  MESSAGE("NOT TESTED: another account's rights, because this test does not run as root");
  return true;
}

std::string output_of(const std::vector<std::string>& argv) {
  return run_program(argv, generous, 65536).value_or("failed");
}

} // namespace

TEST_CASE("as the user, a command has that account's ids and groups and no way back") {
  if (root_is_missing()) return;
  const auto account = account_with_groups();
  CAPTURE(account.name);
  const script_place scripts;
  const auto said = run(as_user(
      sh(scripts, "id -u; id -g; id -G; grep -E '^(Uid|Gid|Cap...):' /proc/self/status"), account.user));
  std::string user, group, groups, uids, gids;
  std::istringstream lines{said.out};
  for (auto* line : {&user, &group, &groups, &uids, &gids})
    std::getline(lines, *line);
  const auto number = std::to_string(account.user), main_group = std::to_string(account.group);
  CHECK(user == number);
  CHECK(group == main_group);
  CHECK(groups + "\n" == output_of({"id", "-G", account.name}));
  CHECK(uids == "Uid:\t" + number + "\t" + number + "\t" + number + "\t" + number);
  CHECK(gids == "Gid:\t" + main_group + "\t" + main_group + "\t" + main_group + "\t" + main_group);
  for (const auto* which : {"CapInh", "CapPrm", "CapEff", "CapAmb"})
    CHECK(said.out.find(std::string{which} + ":\t0000000000000000\n") != std::string::npos);
  CHECK(said.exit.code == 0);
}

TEST_CASE("as the user, what only root may do is refused") {
  if (root_is_missing()) return;
  const script_place scripts;
  const auto said = run(as_user(
      sh(scripts, "cat /etc/shadow; kill -KILL $PPID; echo 0 > /proc/self/oom_score_adj; exit 9"), 65534));
  CHECK(said.out.empty());
  CHECK(said.exit.reason == exit_reason::finished); // the keeper was not killed
  CHECK(said.exit.code == 9);
}

TEST_CASE("as the user, the script is the account's, in a directory where it can put nothing") {
  if (root_is_missing()) return;
  const script_place scripts;
  const auto said = run(
      as_user(sh(scripts,
                 "stat -c '%a %u' \"$0\" \"${0%/*}\"; mkdir \"${0%/*}/a\"; touch \"${0%/*}/b\"; ln -s /etc "
                 "\"${0%/*}/c\"\n"
                 "rm -f \"$0\"; mv \"$0\" \"$0.x\"; ls \"${0%/*}\"; chmod 700 \"${0%/*}\"; head -c 4 \"$0\""),
              65534));
  CHECK(said.out == "400 65534\n711 0\nstat"); // and no list of it
  CHECK(scripts.empty());
}

TEST_CASE("as the user, the environment is the account's and the session's") {
  if (root_is_missing()) return;
  const script_place scripts;
  auto what = as_user(exec(scripts, {"env"}), 65534);
  what.user.environment = {{"DISPLAY", ":7"}, {"XAUTHORITY", "/x"}};
  what.what.env = {{"XAUTHORITY", "/y"}};
  const auto said = run(what);
  const auto* entry = ::getpwuid(65534);
  REQUIRE(entry != nullptr);
  for (const auto& line : {std::string{"USER="} + entry->pw_name, std::string{"LOGNAME="} + entry->pw_name,
                           std::string{"HOME="} + entry->pw_dir, std::string{"DISPLAY=:7"},
                           std::string{"XAUTHORITY=/y"}, std::string{"PATH=/usr/local/bin:/usr/bin:/bin"}})
    CHECK(("\n" + said.out).find("\n" + line + "\n") != std::string::npos);
}

TEST_CASE("as the user, /dev/stdout, /dev/stderr and /dev/stdin can be opened again") {
  if (root_is_missing()) return;
  const script_place scripts;
  auto what = as_user(sh(scripts, "cat /dev/stdin > /dev/stdout; echo err > /dev/stderr"), 65534);
  what.what.input = "words";
  const auto said = run(what);
  CHECK(said.out == "words");
  CHECK(said.err == "err\n");
}

TEST_CASE("as the user, the working directory is entered with that account's rights") {
  if (root_is_missing()) return;
  const script_place scripts;
  const temporary_directory closed; // 0700, root's
  auto what = as_user(exec(scripts, {"pwd"}), 65534);
  what.what.cwd = closed.path();
  const auto said = run(what);
  CHECK(said.exit.reason == exit_reason::spawn_failed);
  CHECK(said.exit.detail.find("Permission denied") != std::string::npos);
  what.what.cwd.clear();
  CHECK(run(what).out == "/\n"); // the home of "nobody" does not exist
}

TEST_CASE("as the user, the whole tree is ended too") {
  if (root_is_missing()) return;
  const script_place scripts;
  running_command command{as_user(
      sh(scripts, "trap '' TERM; setsid sleep 1000 & echo other=$!\nwhile :; do sleep 1000; done"), 65534)};
  const auto other = command.number("other");
  REQUIRE(other > 0);
  command.forget();
  CHECK(!exists(other));
  CHECK(!has_children());
}

TEST_CASE("an account that does not exist, or is no number, starts nothing") {
  const script_place scripts;
  for (const auto* account : {"", "root", "-1", "1x", "4294967295", "4294967296", "4294967294"}) {
    auto what = sh(scripts, "echo no");
    what.what.as = command_account::user;
    what.user.account = account;
    const auto said = run(what);
    CAPTURE(account);
    CHECK(said.exit.reason == exit_reason::spawn_failed);
    CHECK(!said.exit.detail.empty());
    CHECK(said.out.empty());
  }
}

TEST_CASE("giving up privileges that cannot be given up is an error") {
  if (root_is_missing()) return;
  const pid_t child = ::fork();
  if (child == 0) {
    // The first time it works; then there is nobody's right to take on another account's.
    const bool first = os::give_up_privileges(65534, 65534, {65534}).has_value();
    const bool again = os::give_up_privileges(0, 0, {0}).has_value();
    ::_exit(first && !again ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
}

TEST_CASE(
    "as the user, the audit identity is the account's, for good, and the keyring holds nothing of ours") {
  if (root_is_missing()) return;
  const script_place scripts;
  if (std::filesystem::exists("/proc/self/loginuid")) {
    const auto said = run(as_user(
        sh(scripts, "cat /proc/self/loginuid; echo; echo 0 >/proc/self/loginuid; cat /proc/self/loginuid"),
        65534));
    CHECK(said.out == "65534\n65534");
    CHECK(!said.err.empty());
  } else {
    MESSAGE("NOT TESTED: the audit identity, because this kernel has none");
  }
  const auto ours = ::syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 1);
  if (ours <= 0) {
    MESSAGE("NOT TESTED: the session keyring, because there is none here");
    return;
  }
  const attacker_program attacker;
  const auto said = run(as_user(exec(scripts, {attacker.path(), "keyring"}), 65534));
  CHECK(std::stol(said.out) > 0);
  CHECK(std::stol(said.out) != ours);
  CHECK(std::stol(run(exec(scripts, {attacker.path(), "keyring"})).out) != ours);
}

TEST_CASE("a command runs with ordinary priority whatever the service's is") {
  if (root_is_missing()) return;
  const script_place scripts;
  // In a thread of its own: only what the tree's thread inherits matters.
  for (const auto& [nice, policy] : {std::pair{-5, SCHED_OTHER}, {7, SCHED_OTHER}, {0, SCHED_FIFO}}) {
    CAPTURE(nice);
    running_command::said said;
    std::thread{[&, nice = nice, policy = policy] {
      sched_param priority{};
      priority.sched_priority = policy == SCHED_FIFO ? 1 : 0;
      if (::sched_setscheduler(0, policy, &priority) != 0 || ::setpriority(PRIO_PROCESS, 0, nice) != 0)
        return;
      said = run(as_user(sh(scripts, "cut -d' ' -f18,19,41 /proc/self/stat"), 65534));
    }}.join();
    if (said.exits == 0)
      MESSAGE("NOT TESTED: a priority that this test may not have");
    else
      CHECK(said.out == "20 0 0\n");
  }
}
