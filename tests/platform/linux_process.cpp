#include "tests/platform/child_process.hpp"
#include "tests/platform/eventually.hpp"
#include "tests/platform/temporary_directory.hpp"

#include "platform/linux/account.hpp"
#include "platform/linux/local_socket.hpp"
#include "platform/linux/program.hpp"
#include "platform/process.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fstream>
#include <set>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>

using namespace tier2;
using namespace tier2::test;
using namespace std::chrono_literals;

namespace {

bool alive(const std::string& pid) {
  const auto status = os::read_text("/proc/" + pid + "/stat", 4096);
  return status && status->find(") Z ") == std::string::npos;
}

/// Whether we have a child, running or dead and not waited for.
bool has_children() { return ::waitpid(-1, nullptr, WNOHANG) >= 0 || errno != ECHILD; }

std::string text_of(const std::string& path) { return os::read_text(path, 65536).value_or(""); }

} // namespace

TEST_CASE("a program's output is returned, its standard input is empty") {
  CHECK(run_program({"sh", "-c", "cat; echo one; echo two"}, generous, 100) == "one\ntwo\n");
  CHECK(run_program({"/bin/echo", "-n", "a b", "$HOME", "*"}, generous, 100) == "a b $HOME *"); // no shell
  CHECK(!has_children());
}

TEST_CASE("output beyond the bound is dropped and the program still finishes") {
  const auto output = run_program(
      {"sh", "-c", "i=0; while [ $i -lt 5000 ]; do echo 0123456789; i=$((i+1)); done"}, generous, 1000);
  REQUIRE(output);
  CHECK(output->size() == 1000);
  CHECK(run_program({"echo", "abc"}, generous, 4) == "abc\n");
  CHECK(run_program({"echo", "abc"}, generous, 3) == "abc");
  CHECK(run_program({"echo", "abc"}, generous, 0) == "");
}

TEST_CASE("large output arrives whole") {
  const auto output = run_program({"head", "-c", "3000000", "/dev/zero"}, generous, 4000000);
  REQUIRE(output);
  CHECK(*output == std::string(3000000, '\0'));
}

TEST_CASE("another exit status than 0 is refused, with what the program complained about") {
  const auto failed =
      run_program({"sh", "-c", "echo fine; echo 'no such journal' >&2; exit 3"}, generous, 100);
  REQUIRE(!failed);
  CHECK(failed.error().code == errc::refused);
  CHECK(failed.error().what.find("status 3") != std::string::npos);
  CHECK(failed.error().what.find("no such journal") != std::string::npos);
  const auto killed = run_program({"sh", "-c", "kill -9 $$"}, generous, 100);
  REQUIRE(!killed);
  CHECK(killed.error().what.find("signal 9") != std::string::npos);
}

TEST_CASE("complaints are kept to 4 KiB") {
  const auto failed =
      run_program({"sh", "-c", "head -c 100000 /dev/zero | tr '\\0' x >&2; exit 1"}, generous, 100);
  REQUIRE(!failed);
  CHECK(failed.error().what.size() > 4096);
  CHECK(failed.error().what.size() < 4200);
}

TEST_CASE("a program that is not there, or is no program, is not_found") {
  const temporary_directory home;
  std::ofstream{home / "text"} << "no program";
  for (const auto& name :
       {std::string{"no-such-program-of-tier2"}, home / "missing", home / "text", home.path()}) {
    CHECK(run_program({name}, generous, 100).error().code == errc::not_found);
    CHECK(start_program({name}).error().code == errc::not_found);
  }
  CHECK(run_program({}, generous, 100).error().code == errc::invalid_argument);
  CHECK(run_program({""}, generous, 100).error().code == errc::invalid_argument);
  CHECK(start_program({}).error().code == errc::invalid_argument);
}

TEST_CASE("programs are looked for in absolute directories only") {
  const temporary_directory home;
  std::ofstream{home / "tool"} << "#!/bin/sh\n";
  REQUIRE(::chmod((home / "tool").c_str(), 0755) == 0);
  CHECK(os::find_program("tool", "/nowhere:" + home.path()) == home / "tool");
  CHECK(!os::find_program("tool", "/nowhere::."));
  CHECK(!os::find_program("tool", ""));
}

TEST_CASE("a program that takes too long is ended with all that it started, and leaves no zombie") {
  const temporary_directory home;
  const auto began = std::chrono::steady_clock::now();
  const auto late = run_program({"sh", "-c",
                                 "sleep 1000 & echo $! > " + home / "first" + "; sh -c 'echo $$ > " +
                                     home / "second" + "; exec sleep 1000'"},
                                5s, 100);
  REQUIRE(!late);
  CHECK(late.error().code == errc::timed_out);
  CHECK(late.error().what.find("5000 ms") != std::string::npos);
  CHECK(std::chrono::steady_clock::now() - began < generous);
  for (const char* name : {"first", "second"}) {
    auto pid = text_of(home / name);
    REQUIRE(!pid.empty());
    pid.pop_back();
    CHECK(eventually([&] { return !alive(pid); }));
  }
  CHECK(!has_children());
}

TEST_CASE("what a program leaves running does not keep us waiting, and is ended too") {
  const temporary_directory home;
  CHECK(run_program({"sh", "-c", "sleep 1000 & echo $! > " + home / "pid" + "; echo done"}, generous, 100) ==
        "done\n");
  auto pid = text_of(home / "pid");
  REQUIRE(!pid.empty());
  pid.pop_back();
  CHECK(eventually([&] { return !alive(pid); }));
}

TEST_CASE("a program gets none of our descriptors and no blocked signals") {
  const temporary_directory home;
  const int leaky = ::open("/dev/null", O_RDONLY);
  const int high = ::fcntl(leaky, F_DUPFD, 300);
  sigset_t blocked, before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  ::signal(SIGPIPE, SIG_IGN);
  const std::string look = "ls /proc/self/fd; grep -E '^Sig(Blk|Ign)' /proc/self/status";
  const auto run = run_program({"sh", "-c", look}, generous, 4096);
  const auto started = start_program(
      {"sh", "-c",
       "(" + look + ") > " + home / "out.part" + "; mv " + home / "out.part" + " " + home / "out"});
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::close(leaky);
  ::close(high);
  REQUIRE(run);
  REQUIRE(started);
  REQUIRE(eventually([&] { return !text_of(home / "out").empty(); }));
  for (const auto& seen : {*run, text_of(home / "out")}) {
    CAPTURE(seen);
    CHECK(seen.starts_with("0\n1\n2\n3\nSigBlk:\t0000000000000000\n")); // 3 is the one of ls
    // The two real-time signals that glibc keeps for itself may be ignored; ours would be among the first 31.
    const auto ignored = std::stoull(seen.substr(seen.rfind('\t') + 1), nullptr, 16);
    CHECK((ignored & 0x7fffffffU) == 0);
  }
}

TEST_CASE("a started program lives on in a session of its own and is no child of ours") {
  const temporary_directory home;
  REQUIRE(start_program({"sh", "-c",
                         "read a b c d e f < /proc/$$/stat; echo $$ $d $f > " + home / "part" + "; mv " +
                             home / "part" + " " + home / "out; exec sleep 1000"}));
  CHECK(!has_children());
  REQUIRE(eventually([&] { return !text_of(home / "out").empty(); }));
  std::istringstream line{text_of(home / "out")};
  pid_t pid = 0, parent = 0, session = 0;
  line >> pid >> parent >> session;
  CHECK(session != ::getsid(0));
  CHECK(session != 0);
  CHECK(parent != ::getpid());
  CHECK(alive(std::to_string(pid)));
  ::kill(pid, SIGKILL);
}

TEST_CASE("only one instance runs, and a killed one makes room") {
  const temporary_directory home;
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  child_process first{[&] {
    const auto lock = instance_lock::acquire(home / "run", "buttonhelper");
    if (!lock) return 1;
    [[maybe_unused]] const auto told = ::write(ready[1], "x", 1);
    for (;;)
      ::pause();
  }};
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  const auto second = instance_lock::acquire(home / "run", "buttonhelper");
  REQUIRE(!second);
  CHECK(second.error().code == errc::already_running);
  CHECK(instance_lock::acquire(home / "run", "other"));
  first.kill();
  {
    const auto third = instance_lock::acquire(home / "run", "buttonhelper");
    CHECK(third);
    CHECK(!instance_lock::acquire(home / "run", "buttonhelper"));
  }
  CHECK(instance_lock::acquire(home / "run", "buttonhelper"));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("the lock's directory must be ours and closed to others") {
  const temporary_directory home;
  REQUIRE(instance_lock::acquire(home / "run", "x"));
  struct stat found{};
  REQUIRE(::stat((home / "run").c_str(), &found) == 0);
  CHECK((found.st_mode & 07777U) == 0700);
  for (const mode_t mode : {0720, 0702, 0777}) {
    REQUIRE(::chmod((home / "run").c_str(), mode) == 0);
    CHECK(instance_lock::acquire(home / "run", "x").error().code == errc::permission_denied);
  }
  REQUIRE(::chmod((home / "run").c_str(), 0755) == 0);
  CHECK(instance_lock::acquire(home / "run", "x"));
  if (::geteuid() == 0) {
    REQUIRE(::chown((home / "run").c_str(), 65534, 65534) == 0);
    CHECK(instance_lock::acquire(home / "run", "x").error().code == errc::permission_denied);
  }
}

TEST_CASE("an aborting process that forbade core dumps leaves none") {
  const temporary_directory home;
  const auto dumped = [&](bool forbid) {
    child_process dying{[&] {
      rlimit most{};
      ::getrlimit(RLIMIT_CORE, &most);
      most.rlim_cur = most.rlim_max;
      ::setrlimit(RLIMIT_CORE, &most);
      if (::chdir(home.path().c_str()) != 0) return 1;
      if (forbid) {
        if (!forbid_core_dumps()) return 2;
        rlimit limit{};
        if (::prctl(PR_GET_DUMPABLE) != 0 || ::getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur != 0 ||
            limit.rlim_max != 0)
          return 3;
        const auto filter = os::read_text("/proc/self/coredump_filter", 64);
        if (filter && *filter != "00000000\n") return 4;
      }
      ::signal(SIGABRT, SIG_DFL);
      ::abort();
    }};
    const int status = dying.wait();
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(WTERMSIG(status) == SIGABRT);
    return WCOREDUMP(status);
  };
  CHECK(!dumped(true));
  CHECK(std::filesystem::is_empty(home.path()));
  if (!dumped(false)) MESSAGE("this system makes no core dumps at all, so the counter-check says nothing");
}

TEST_CASE("termination returns on a signal or a request, and a second signal does no harm") {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    child_process waiting{[&] {
      ::signal(SIGHUP, SIG_DFL); // whatever the tests were started by
      termination end;
      ::kill(::getpid(), signal);
      end.wait();
      ::kill(::getpid(), signal);
      return 5;
    }};
    CHECK(waiting.exit_status() == 5);
  }
  termination end;
  std::thread other{[&] { end.request(); }};
  end.wait();
  other.join();
  end.wait(); // once asked for, it stays so
}

TEST_CASE("a hangup that is ignored, as nohup has it, stays ignored") {
  child_process nohup{[] {
    ::signal(SIGHUP, SIG_IGN);
    const termination end;
    sigset_t blocked;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
    return ::sigismember(&blocked, SIGHUP) == 0 && ::sigismember(&blocked, SIGTERM) == 1 ? 5 : 6;
  }};
  CHECK(nohup.exit_status() == 5);
}

TEST_CASE(
    "the runtime directory is below XDG_RUNTIME_DIR when that is ours, else a private one below TMPDIR") {
  const temporary_directory home;
  const auto in_child = [&](const std::function<int()>& body) {
    child_process child{body};
    return child.exit_status();
  };
  REQUIRE(::mkdir((home / "run").c_str(), 0700) == 0);
  CHECK(in_child([&] {
          ::setenv("XDG_RUNTIME_DIR", (home / "run").c_str(), 1);
          return default_runtime_directory() == home / "run/tier2" ? 0 : 1;
        }) == 0);
  for (const char* unusable : {"", "relative", "/nonexistent"})
    CHECK(in_child([&] {
            ::setenv("XDG_RUNTIME_DIR", unusable, 1);
            ::setenv("TMPDIR", home.path().c_str(), 1);
            const auto path = default_runtime_directory();
            if (path != home / ("tier2-" + std::to_string(::geteuid()))) return 1;
            struct stat found{};
            return ::lstat(path.c_str(), &found) == 0 && (found.st_mode & 07777U) == 0700 ? 0 : 2;
          }) == 0);
  CHECK(in_child([&] { // a planted link is not used
          ::unsetenv("XDG_RUNTIME_DIR");
          ::setenv("TMPDIR", (home / "run").c_str(), 1);
          if (::symlink("/", (home / ("run/tier2-" + std::to_string(::geteuid()))).c_str()) != 0) return 1;
          const auto lock = instance_lock::acquire(default_runtime_directory(), "x");
          return !lock && lock.error().code == errc::permission_denied ? 0 : 2;
        }) == 0);
}

TEST_CASE("random ids are version 4 and differ; the boot's id stays the same") {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto text = to_string(random_uuid());
    CHECK(text[14] == '4');
    CHECK(std::string{"89ab"}.find(text[19]) != std::string::npos);
    seen.insert(text);
  }
  CHECK(seen.size() == 1000);
  CHECK(boot_id() == boot_id());
  CHECK(!boot_id().is_nil());
}

TEST_CASE("sessions are read from what the kernel says of a process") {
  CHECK(os::session_from_audit("7") == "7");
  CHECK(os::session_from_audit("12\n") == "12");
  CHECK(os::session_from_audit("4294967295").empty());
  CHECK(os::session_from_audit("").empty());
  CHECK(os::session_from_audit("x1").empty());
  CHECK(os::account_from_audit("1000") == 1000U);
  CHECK(os::account_from_audit("0\n") == 0U);
  for (const auto* none : {"4294967295", "", "x", "-1", "99999999999"})
    CHECK_FALSE(os::account_from_audit(none));
  CHECK(os::effective_user("Name:\tx\nUid:\t1\t1000\t3\t4\nGid:\t5\n") == 1000U);
  CHECK(os::effective_user("Uid:\t0\t0\t0\t0") == 0U);
  CHECK(!os::effective_user("Name:\tUid\n"));
  CHECK(!os::effective_user("Uid:\t1"));
  CHECK(!os::effective_user("Uid:\tx\ty"));
}

TEST_CASE("a login session is what logind has made of a process, and nothing that a user may have named so") {
  const auto place = [](const char* text) { return os::place_from_cgroup(text, 1000); };
  CHECK(place("0::/user.slice/user-1000.slice/session-2.scope\n").session == "2");
  CHECK(place("1:name=systemd:/user.slice/user-1000.slice/session-c3.scope\n0::/\n").session == "c3");
  CHECK(place("0::/user.slice/user-1000.slice/session-2.scope").below_user_slice);
  const auto* const managed = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.scope\n";
  CHECK(place(managed).session.empty());
  CHECK(place(managed).below_user_slice);
  for (const auto* made_up :
       {"0::/user.slice/user-1000.slice/user@1000.service/session-9.scope\n",
        "0::/user.slice/user-1000.slice/user@1000.service/app.slice/user.slice/user-1000.slice/"
        "session-9.scope",
        "0::/user.slice/user-1000.slice/session-9.scope/session-8.scope\n",
        "0::/user.slice/user-1000.slice/session-.scope", "0::/user.slice/user-1000.slice/session-9",
        "0::/user.slice/user-1000.slice/session-9.scope ",
        "0::/user.slice/user-1000.slice/session-a b.scope"})
    CHECK_MESSAGE(place(made_up).session.empty(), made_up);
  for (const auto* elsewhere :
       {"", "0::/", "0::/session-9.scope", "0::/system.slice/nginx.service",
        "0::/user.slice/user-10001.slice/session-9.scope", "0::/user.slice/user-1001.slice/session-9.scope",
        "4:memory:/user.slice/user-1000.slice/session-9.scope",
        "0::/x\n0:/user.slice/user-1000.slice/session-9.scope",
        "0::/../user.slice/user-1000.slice/session-9.scope",
        "0::/docker/x/user.slice/user-1000.slice/session-9.scope"}) {
    CHECK_MESSAGE(place(elsewhere).session.empty(), elsewhere);
    CHECK_MESSAGE(!place(elsewhere).below_user_slice, elsewhere);
  }
}

TEST_CASE("who may connect: root and our own account always, others with a login where logins are kept") {
  const os::peer_credentials root{1, 0}, us{1, ::geteuid()}, other{1, ::geteuid() + 1};
  const os::login none, audited{"3", 1000, false}, proven{"3", 1000, true};
  for (const bool every_user : {false, true})
    for (const bool logins_only : {false, true})
      for (const auto& from : {none, proven}) {
        CHECK(os::may_connect(root, every_user, logins_only, from));
        CHECK(os::may_connect(us, every_user, logins_only, from));
      }
  CHECK_FALSE(os::may_connect(other, false, false, proven));
  CHECK(os::may_connect(other, true, true, proven));
  CHECK_FALSE(os::may_connect(other, true, true, none));
  CHECK_FALSE(os::may_connect(other, true, true, audited)); // whoever has no number may take one
  CHECK(os::may_connect(other, true, false, none));         // no logind, no logins
}

TEST_CASE("a process that is gone, or has become another user's, has no session") {
  CHECK(os::session_of(::getpid(), ::geteuid() + 1).empty());
  child_process gone{[] { return 0; }};
  const auto pid = gone.pid();
  gone.wait();
  CHECK(os::session_of(pid, ::geteuid()).empty());
}

TEST_CASE("a thread that gives way does so alone: the others of the process keep their priority") {
  const int before = ::getpriority(PRIO_PROCESS, 0);
  int recording = -1, encoding = -1;
  std::thread{[&] {
    give_way(background::recording);
    recording = ::getpriority(PRIO_PROCESS, 0);
    give_way(background::encoding);
    encoding = ::getpriority(PRIO_PROCESS, 0);
  }}.join();
  CHECK(recording >= before); // who was started with less already has nothing to give
  CHECK(encoding >= recording);
  if (before <= 0) CHECK(recording > before);
  if (before <= 0) CHECK(encoding > recording);
  CHECK(::getpriority(PRIO_PROCESS, 0) == before);
}

TEST_CASE(
    "a process that takes precedence does so with all its threads, and stays as it is without the right") {
  const int before = ::getpriority(PRIO_PROCESS, 0);
  child_process favoured{[&] {
    const bool may = ::setpriority(PRIO_PROCESS, 0, -1) == 0 && ::setpriority(PRIO_PROCESS, 0, before) == 0;
    take_precedence();
    int there = 100;
    std::thread{[&] { there = ::getpriority(PRIO_PROCESS, 0); }}.join();
    return there == (may ? -5 : before) ? 0 : 1;
  }};
  CHECK(favoured.exit_status() == 0);
  child_process unprivileged{[&] {
    const rlimit none{0, 0};
    if (::setrlimit(RLIMIT_NICE, &none) != 0) return 2;
    if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) return 3;
    ::setpriority(PRIO_PROCESS, 0, std::max(before, 0)); // whoever had more may come back to it
    const int now = ::getpriority(PRIO_PROCESS, 0);
    take_precedence();
    return ::getpriority(PRIO_PROCESS, 0) == now ? 0 : 1;
  }};
  CHECK(unprivileged.exit_status() == 0);
}
