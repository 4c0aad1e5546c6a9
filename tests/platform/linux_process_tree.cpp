#include "tests/platform/running_command.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fstream>
#include <sys/wait.h>

using namespace tier2;
using namespace tier2::test;
using namespace std::chrono_literals;

TEST_CASE("a script's output, error output and exit code come back") {
  const script_place scripts;
  const auto said = run(sh(scripts, "echo out; echo err >&2; exit 7"));
  CHECK(said.out == "out\n");
  CHECK(said.err == "err\n");
  CHECK(said.exit.reason == exit_reason::finished);
  CHECK(said.exit.code == 7);
  CHECK(said.exit.signal == 0);
  CHECK(said.exit.stdout_bytes == 4);
  CHECK(said.exit.stderr_bytes == 4);
  CHECK(!said.exit.truncated);
  CHECK(!said.exit.output_lost);
  CHECK(said.exit.detail.empty());
  CHECK(said.exits == 1);
  CHECK(said.silent_after_exit);
  CHECK(!has_children());
}

TEST_CASE("a child that a signal ended reports the signal") {
  const script_place scripts;
  const auto said = run(sh(scripts, "kill -USR1 $$"));
  CHECK(said.exit.reason == exit_reason::finished);
  CHECK(said.exit.signal == SIGUSR1);
  CHECK(said.exit.code == 0);
}

TEST_CASE("the duration is the program's own") {
  const script_place scripts;
  const auto began = std::chrono::steady_clock::now();
  const auto said = run(sh(scripts, "sleep 0.2"));
  const auto all = std::chrono::steady_clock::now() - began;
  CHECK(said.exit.duration_ms >= 200);
  CHECK(std::chrono::milliseconds{said.exit.duration_ms} <= all);
}

TEST_CASE("sh and bash get the script as it is, with its arguments") {
  const script_place scripts;
  auto what = sh(scripts, "#!/nowhere/at/all\nprintf '%s|' \"$@\"");
  what.what.args = {"a b", "", "*", "$HOME", "-x"};
  CHECK(run(what).out == "a b||*|$HOME|-x|");
  what.what.shell = command_shell::bash;
  what.what.script = "[[ -n $BASH_VERSION ]] && printf '%s|' \"$@\"";
  CHECK(run(what).out == "a b||*|$HOME|-x|");
}

TEST_CASE("arguments and environment may be long") {
  const script_place scripts;
  auto what = sh(scripts, "echo ${#1} ${#LONG}");
  what.what.args = {std::string(60'000, 'x')};
  what.what.env["LONG"] = std::string(60'000, 'y');
  CHECK(run(what).out == "60000 60000\n");
}

TEST_CASE("exec starts a program without a shell, found in the PATH that it gets") {
  const script_place scripts;
  CHECK(run(exec(scripts, {"printf", "%s|", "a b", "$HOME", "*"})).out == "a b|$HOME|*|");
  CHECK(run(exec(scripts, {"/bin/echo", "x"})).out == "x\n");

  const temporary_directory own;
  std::ofstream{own / "greet"} << "#!/bin/sh\necho hello from \"$0\"\n";
  ::chmod((own / "greet").c_str(), 0755);
  auto what = exec(scripts, {"greet"});
  CHECK(run(what).exit.reason == exit_reason::spawn_failed);
  what.what.env["PATH"] = "relative:/nonexistent:" + own.path();
  CHECK(run(what).out == "hello from " + own.path() + "/greet\n");
}

TEST_CASE("what cannot be started says why in a sentence") {
  const script_place scripts;
  const auto refused = [](process_tree::options what) {
    const auto said = run(std::move(what));
    CHECK(said.exit.reason == exit_reason::spawn_failed);
    CHECK(said.exits == 1);
    CHECK(!has_children());
    return said.exit.detail;
  };
  const auto holds = [](const std::string& text, const char* part) {
    CAPTURE(text);
    return text.find(part) != std::string::npos;
  };
  CHECK(holds(refused(exec(scripts, {"no-such-program-here"})),
              "no-such-program-here could not be started: No such"));
  CHECK(holds(refused(exec(scripts, {"/etc/passwd"})), "Permission denied"));
  CHECK(holds(refused(exec(scripts, {})), "names no program"));
  CHECK(holds(refused(exec(scripts, {std::string{"a\0b", 3}})), "NUL"));

  auto what = sh(scripts, "true");
  what.what.cwd = "/no/such/directory";
  CHECK(holds(refused(what), "/no/such/directory cannot be entered"));
  what.what.cwd = "not/absolute";
  CHECK(holds(refused(what), "not an absolute path"));

  what = sh(scripts, "true");
  what.what.env["A=B"] = "c";
  what.what.env[""] = "c";
  CHECK(holds(refused(what), "variable"));
  what = sh(scripts, "true");
  what.what.shell = command_shell::cmd;
  CHECK(holds(refused(what), "There is no cmd on this system"));
  what.what.shell = command_shell::powershell;
  const auto shells = available_shells();
  if (std::find(shells.begin(), shells.end(), "powershell") == shells.end())
    CHECK(holds(refused(what), "There is no PowerShell"));
  what = sh(scripts, "true");
  what.what.args = {std::string(200'000, 'x')};
  CHECK(holds(refused(what), "more than 131072 bytes"));
  what = sh(scripts, "true");
  what.keeper = "/no/such/keeper";
  CHECK(holds(refused(what), "installation seems incomplete"));
  what = sh(scripts, "true");
  what.script_directory = "relative";
  CHECK(holds(refused(what), "not an absolute path"));
  CHECK(scripts.empty());
}

TEST_CASE("standard input arrives whole and ends, also when it is larger than a pipe") {
  const script_place scripts;
  CHECK(run(exec(scripts, {"cat"})).out.empty());
  auto what = exec(scripts, {"cat"});
  for (int i = 0; i < 100'000; ++i)
    what.what.input += std::to_string(i) + "\n";
  CHECK(run(what).out == what.what.input);
}

TEST_CASE("a child that does not read its input is no error") {
  const script_place scripts;
  auto what = sh(scripts, "exec <&-; echo done");
  what.what.input = std::string(1 << 20, 'x');
  const auto said = run(what);
  CHECK(said.out == "done\n");
  CHECK(said.exit.reason == exit_reason::finished);
  CHECK(said.exit.code == 0);
  what.what.script = "echo done";
  CHECK(run(what).exit.code == 0);
}

TEST_CASE("the script is a private file while it runs, and gone with its directory afterwards") {
  const script_place scripts;
  const auto said =
      run(sh(scripts, "stat -c '%a %u %F' \"$0\" \"${0%/*}\" \"${0%/*/*}\"; echo x > \"${0%/*}/left\""));
  const auto us = std::to_string(::geteuid());
  CHECK(said.out == "400 " + us + " regular file\n711 " + us + " directory\n711 " + us + " directory\n");
  CHECK(scripts.empty());
}

TEST_CASE("no command line of the tree or its keeper shows a word of the script") {
  const script_place scripts;
  running_command command{
      sh(scripts, "# very-secret-word\necho self=$$\necho keeper=$PPID\nexec sleep 1000")};
  const auto self = command.number("self");
  const auto keeper = command.number("keeper");
  REQUIRE(self > 0);
  REQUIRE(keeper > 0);
  for (const auto process : {self, keeper})
    for (const auto* file : {"/cmdline", "/environ"}) {
      const auto text = os::read_text("/proc/" + std::to_string(process) + file, 65536);
      REQUIRE(text);
      CHECK(text->find("very-secret-word") == std::string::npos);
    }
  command.tree().cancel();
  CHECK(command.result().exit.reason == exit_reason::cancelled);
}

TEST_CASE("the child's environment is what the command says and nothing of ours") {
  ::setenv("TIER2_TEST_SECRET", "machine-key", 1);
  const script_place scripts;
  auto what = exec(scripts, {"env"});
  what.what.env = {{"A", "1"}, {"HOME", "/elsewhere"}};
  what.user.environment = {{"DISPLAY", ":7"}}; // of a session; this runs as the system
  const auto said = run(what);
  ::unsetenv("TIER2_TEST_SECRET");
  std::vector<std::string> names;
  std::istringstream lines{said.out};
  for (std::string line; std::getline(lines, line);)
    names.push_back(line.substr(0, line.find('=')));
  std::sort(names.begin(), names.end());
  CHECK(names ==
        std::vector<std::string>{"A", "HOME", "LANG", "LOGNAME", "PATH", "SHELL", "TIER2_COMMAND", "USER"});
  CHECK(said.out.find("\nHOME=/elsewhere\n") != std::string::npos);
  CHECK(said.out.find("TIER2_COMMAND=" + to_string(what.jti)) != std::string::npos);
  CHECK(said.out.find("machine-key") == std::string::npos);
}

TEST_CASE("the keeper's own environment is empty") {
  ::setenv("TIER2_TEST_SECRET", "machine-key", 1);
  const script_place scripts;
  running_command command{sh(scripts, "echo keeper=$PPID; exec sleep 1000")};
  const auto keeper = command.number("keeper");
  ::unsetenv("TIER2_TEST_SECRET");
  REQUIRE(keeper > 0);
  CHECK(os::read_text("/proc/" + std::to_string(keeper) + "/environ", 65536) == "");
}

TEST_CASE("the child is in a session of its own, with standard signals, umask 022 and no core dumps") {
  const script_place scripts;
  ::signal(SIGUSR2, SIG_IGN);
  const auto old_mask = ::umask(077);
  const auto said =
      run(sh(scripts, "umask\ncut -d' ' -f6 /proc/$$/stat\necho self=$$; ulimit -c; ulimit -Hc"));
  const auto status = run(exec(scripts, {"grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"}));
  ::umask(old_mask);
  ::signal(SIGUSR2, SIG_DFL);
  const auto self = said.out.substr(said.out.find("self=") + 5);
  CHECK(said.out.starts_with("0022\n" + self.substr(0, self.find('\n')) + "\n"));
  CHECK(status.out == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  CHECK(said.out.ends_with("\n0\n0\n"));
}

TEST_CASE("the child has descriptors 0, 1 and 2 only") {
  const script_place scripts;
  const int leak = ::open("/dev/zero", O_RDONLY); // not close-on-exec
  CHECK(run(exec(scripts, {"ls", "/proc/self/fd"})).out ==
        "0\n1\n2\n3\n"); // 3 is the directory that ls reads
  ::close(leak);
}

TEST_CASE("when memory is short the command goes before the service, and its priority is unchanged") {
  const script_place scripts;
  const auto ours = os::read_text("/proc/self/oom_score_adj", 16);
  REQUIRE(ours);
  const auto said = run(sh(scripts, "cat /proc/self/oom_score_adj; nice"));
  CHECK(said.out == std::to_string(std::min(1000, std::stoi(*ours) + 300)) + "\n0\n");
}

TEST_CASE("without a working directory it is the account's home; one that is named is used") {
  const script_place scripts;
  CHECK(run(exec(scripts, {"sh", "-c", "test \"$(pwd -P)\" = \"$(cd ~ && pwd -P)\""})).exit.code == 0);
  auto what = exec(scripts, {"pwd"});
  what.what.cwd = "/usr/bin";
  CHECK(run(what).out == "/usr/bin\n");
}

TEST_CASE("scripts that a killed service left are removed by the next one, those of a living one are not") {
  const script_place scripts;
  std::filesystem::create_directory(scripts.path());
  const auto left = scripts.path() + "/" + to_string(random_uuid()) + "-abcdef";
  const auto strange = scripts.path() + "/something-else";
  std::filesystem::create_directories(left + "/deep");
  std::filesystem::create_directory(strange);
  std::ofstream{left + "/script"} << "secret";
  running_command first{sh(scripts, "echo ready; exec sleep 1000")};
  REQUIRE(first.says("ready"));
  CHECK(!std::filesystem::exists(left));
  CHECK(std::filesystem::exists(strange));
  std::filesystem::remove(strange);
  CHECK(!scripts.empty());
  os::sweep_scripts(scripts.path());
  CHECK(!scripts.empty());
  first.forget();
  CHECK(scripts.empty());
}

TEST_CASE("a directory for scripts that others may write to is refused") {
  const script_place scripts;
  std::filesystem::create_directory(scripts.path());
  ::chmod(scripts.path().c_str(), 0777);
  const auto said = run(sh(scripts, "true"));
  CHECK(said.exit.reason == exit_reason::spawn_failed);
  CHECK(said.exit.detail.find("chmod 711") != std::string::npos);
}

TEST_CASE("64 commands at once all end with their own output") {
  const script_place scripts;
  std::vector<std::unique_ptr<running_command>> all;
  for (int i = 0; i < 64; ++i)
    all.push_back(std::make_unique<running_command>(
        sh(scripts, "echo command " + std::to_string(i) + "; exit " + std::to_string(i))));
  for (int i = 0; i < 64; ++i) {
    const auto said = all[static_cast<std::size_t>(i)]->result();
    CHECK(said.out == "command " + std::to_string(i) + "\n");
    CHECK(said.exit.code == i);
  }
  all.clear();
  CHECK(scripts.empty());
  CHECK(!has_children());
}

TEST_CASE("the shells are those that there are") {
  const auto shells = available_shells();
  CHECK(shells.front() == "sh");
  CHECK(shells.back() == "exec");
  CHECK(std::find(shells.begin(), shells.end(), "cmd") == shells.end());
}
