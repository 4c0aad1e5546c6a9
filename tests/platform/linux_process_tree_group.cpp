#include "tests/platform/running_command.hpp"

#include "platform/linux/tree/control_group.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fstream>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/wait.h>

using namespace tier2;
using namespace tier2::test;

namespace {

/// A cgroup v2 of the test's own, in the system's hierarchy or in one mounted for this; `path` is empty when
/// neither can be had.
class own_group {
public:
  own_group() {
    std::ifstream mounts{"/proc/mounts"};
    for (std::string device, where, type, rest;
         mounts >> device >> where >> type && std::getline(mounts, rest);)
      if (type == "cgroup2" && make_in(where)) return;
    if (::mount("none", mounted_.path().c_str(), "cgroup2", 0, nullptr) == 0) {
      is_mounted_ = true;
      make_in(mounted_.path());
    }
    if (path.empty())
      MESSAGE(
          "NOT TESTED: control groups, because there is no cgroup v2 here in which this test may make one");
  }
  ~own_group() {
    if (!path.empty()) ::rmdir(path.c_str());
    if (is_mounted_) ::umount2(mounted_.path().c_str(), MNT_DETACH);
  }
  std::string path;

private:
  bool make_in(const std::string& where) {
    const auto candidate = where + "/t2-test-" + std::to_string(::getpid());
    if (::mkdir(candidate.c_str(), 0755) != 0) return false;
    path = candidate;
    return true;
  }
  temporary_directory mounted_;
  bool is_mounted_{};
};

std::vector<std::string> groups_in(const std::string& path) {
  std::vector<std::string> found;
  for (const auto& each : std::filesystem::directory_iterator{path})
    if (each.is_directory()) found.push_back(each.path().string());
  return found;
}

process_tree::options grouped(process_tree::options what, const own_group& group) {
  what.cgroup = group.path;
  return what;
}

} // namespace

TEST_CASE("with a cgroup v2 the tree is in a group of its own, which is gone afterwards") {
  const own_group group;
  if (group.path.empty()) return;
  const script_place scripts;
  const auto what =
      grouped(sh(scripts, "grep '^0:' /proc/self/cgroup; setsid grep '^0:' /proc/self/cgroup"), group);
  const auto said = run(what);
  const auto name = group.path.substr(group.path.rfind('/')) + "/tier2-" + to_string(what.jti);
  CAPTURE(said.out);
  CHECK(said.out.find(name) != std::string::npos);
  CHECK(said.out.rfind(name) != said.out.find(name));
  CHECK(groups_in(group.path).empty());
}

TEST_CASE("in a cgroup v2 too, what outlives the program, ignores TERM or makes inner groups is ended") {
  const own_group group;
  if (group.path.empty()) return;
  const script_place scripts;
  auto what = grouped(sh(scripts, "mkdir -p " + group.path +
                                      "/$(sed -n 's|^0:.*/||p' /proc/self/cgroup)/inner/most\n"
                                      "trap '' TERM; setsid sleep 1000 & echo a=$!; exit 2"),
                      group);
  running_command ended{what};
  CHECK(ended.result().exit.code == 2);
  CHECK(!exists(ended.number("a")));
  what = grouped(sh(scripts, "trap '' TERM; setsid sleep 1000 & echo a=$!; while :; do sleep 1000; done"),
                 group);
  what.kill_after = std::chrono::milliseconds{50};
  running_command cancelled{what};
  const auto other = cancelled.number("a");
  cancelled.tree().cancel();
  CHECK(cancelled.result().exit.reason == exit_reason::cancelled);
  CHECK(!exists(other));
  CHECK(groups_in(group.path).empty());
}

TEST_CASE("in a cgroup v2, a killed keeper's tree is ended by the service") {
  const own_group group;
  if (group.path.empty()) return;
  const script_place scripts;
  auto what = grouped(sh(scripts, "setsid sleep 1000 & echo keeper=$PPID; echo ready; sleep 1000"), group);
  running_command command{what};
  const auto keeper = command.number("keeper");
  REQUIRE(command.says("ready"));
  CHECK(groups_in(group.path).size() == 1);
  ::kill(keeper, SIGKILL);
  CHECK(command.result().exit.reason == exit_reason::interrupted);
  CHECK(processes_of(what.jti).empty());
  CHECK(groups_in(group.path).empty());
  CHECK(!has_children());
}

TEST_CASE("a sweep ends what is in a group that nobody holds, and leaves the others") {
  const own_group group;
  if (group.path.empty()) return;
  const script_place scripts;
  running_command held{grouped(sh(scripts, "echo ready; sleep 1000"), group)};
  REQUIRE(held.says("ready"));
  const auto left = group.path + "/tier2-" + to_string(random_uuid()) + "-left";
  ::mkdir(left.c_str(), 0755);
  const pid_t child = ::fork();
  if (child == 0) {
    for (;;)
      ::pause();
  }
  std::ofstream{left + "/cgroup.procs"} << child << std::flush;
  os::sweep_control_groups(group.path);
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(eventually([&] {
    os::sweep_control_groups(group.path);
    return groups_in(group.path).size() == 1;
  }));
  CHECK(held.so_far().exits == 0);
  held.tree().cancel();
  CHECK(held.result().exit.reason == exit_reason::cancelled);
}

TEST_CASE("a group is made in the service's own one when nothing is configured, and none with \"none\"") {
  const auto own = os::control_group_parent("");
  const script_place scripts;
  auto what = sh(scripts, "grep '^0:' /proc/self/cgroup");
  CHECK(run(what).out.find("/tier2-") == std::string::npos);
  CHECK(os::control_group_parent("none").empty());
  CHECK(!kernel_contains_trees("none"));
  CHECK(!kernel_contains_trees("/no/such/directory"));
  CHECK(os::control_group_parent("/x") == "/x");
  if (own.empty() || ::access(own.c_str(), W_OK) != 0) {
    MESSAGE("NOT TESTED: groups in our own one, because there is none here that we may use");
    return;
  }
  what.cgroup.clear();
  CHECK(kernel_contains_trees(""));
  const auto said = run(what);
  CHECK(said.out.find("/tier2-" + to_string(what.jti) + "-") != std::string::npos);
  for (const auto& each : groups_in(own))
    CHECK(each.find(to_string(what.jti)) == std::string::npos);
}

TEST_CASE("in a cgroup v2, who joined another namespace and has another parent there is ended too") {
  const own_group group;
  if (group.path.empty()) return;
  const bool root = ::geteuid() == 0;
  const script_place scripts;
  // Outside: the first process of namespaces of its own, which takes in orphans there. It ends with its
  // input.
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const pid_t outside = ::fork();
  if (outside == 0) {
    if (root && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(1);
    ::dup2(ends[0], STDIN_FILENO);
    ::execlp("unshare", "unshare", "-U", "-r", "-p", "-f", "cat", nullptr);
    ::_exit(127);
  }
  ::close(ends[0]);
  pid_t inside = 0;
  int status = 0;
  const bool ended = !eventually([&] {
    const auto known = os::look_at(outside);
    for (const auto child : os::search_children(outside))
      inside = child;
    return inside != 0 || !known || known->state == 'Z';
  });
  if (ended || inside == 0) {
    MESSAGE("NOT TESTED: joining a namespace, because unshare(1) does not work here");
  } else {
    auto what =
        grouped(sh(scripts, "nsenter -t " + std::to_string(inside) +
                                " -U -p --preserve-credentials sh -c 'setsid sleep 1000 & echo joined'\n"
                                "echo ready; exec sleep 1000"),
                group);
    if (root) what = as_user(std::move(what), 65534);
    running_command command{what};
    REQUIRE(command.says("ready"));
    CHECK(command.so_far().out.find("joined") != std::string::npos);
    CHECK(eventually([&] { return processes_of(what.jti).size() == 2; }));
    command.tree().cancel();
    CHECK(command.result().exit.reason == exit_reason::cancelled);
    CHECK(command.so_far().exit.detail.empty());
    for (const auto each : processes_of(what.jti))
      CHECK(os::look_at(each)->state == 'Z'); // its new parent's to wait for
    CHECK(groups_in(group.path).empty());
  }
  ::close(ends[1]);
  CHECK(::waitpid(outside, &status, 0) == outside);
}

TEST_CASE("our own group is found from the texts of /proc") {
  const std::string cgroup = "9:name=systemd:/x\n0::/system.slice/t.service\n";
  const std::string usual = "24 1 0:21 / /proc rw - proc proc rw\n"
                            "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n";
  CHECK(os::control_group_of(cgroup, usual) == "/sys/fs/cgroup/system.slice/t.service");
  CHECK(os::control_group_of("0::/\n", usual) == "/sys/fs/cgroup");
  // A part of the hierarchy mounted, under a name with a space in it.
  const std::string part = "30 24 0:26 /system.slice /sys/a\\040b rw - cgroup2 none rw\n";
  CHECK(os::control_group_of(cgroup, part) == "/sys/a b/t.service");
  CHECK(os::control_group_of("0::/system.slice\n", part) == "/sys/a b");
  CHECK(os::control_group_of("0::/system.slicer\n", part).empty());
  CHECK(os::control_group_of("0::/other\n", part).empty());
  for (const auto* outside : {"", "9:name=systemd:/x\n", "0::/../x\n", "0::/x (deleted)\n", "0::"})
    CHECK(os::control_group_of(outside, usual).empty());
  for (const auto* mounts :
       {"", "30 24 0:26 / /sys/fs/cgroup rw - cgroup cgroup rw\n", "30 24 0:26 / /x", "\n"})
    CHECK(os::control_group_of(cgroup, mounts).empty());
}

TEST_CASE("where groups cannot be made the tree runs without, and is ended all the same") {
  const script_place scripts;
  const temporary_directory plain; // no cgroup
  for (const auto& where : {plain.path(), std::string{"/no/such/directory"}}) {
    auto what = sh(scripts, "setsid sleep 1000 & echo a=$!; exit 6");
    what.cgroup = where;
    running_command command{what};
    CHECK(command.result().exit.code == 6);
    CHECK(!exists(command.number("a")));
    CHECK((where != plain.path() || groups_in(where).empty()));
  }
}
