#include "tests/platform/child_process.hpp"
#include "tests/platform/eventually.hpp"

#include "platform/facts.hpp"
#include "platform/linux/facts/disks.hpp"
#include "platform/linux/facts/network.hpp"
#include "platform/linux/facts/processes.hpp"
#include "platform/linux/facts/processor.hpp"
#include "platform/linux/facts/system.hpp"
#include "platform/linux/facts/users.hpp"
#include "platform/process.hpp"

#include <algorithm>
#include <cstring>
#include <doctest/doctest.h>
#include <future>
#include <utmpx.h>

using namespace tier2;
using namespace tier2::test;
using strings = std::vector<std::string>;

TEST_CASE("the system's name is read with and without quotes, and missing is said plainly") {
  const std::string debian =
      "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian\"\nVERSION_ID=\"12\"\nID=debian\n";
  CHECK(os::os_release_value(debian, "PRETTY_NAME") == "Debian GNU/Linux 12 (bookworm)");
  CHECK(os::os_release_value(debian, "NAME") == "Debian");
  CHECK(os::os_release_value(debian, "VERSION") == "");
  CHECK(os::short_os_name(debian) == "debian 12");
  CHECK(os::short_os_name("ID='arch'") == "arch");
  CHECK(os::short_os_name("") == "linux");
  CHECK(os::short_os_name("garbage\n\n=\n=x") == "linux");
  CHECK(os::os_release_value("A=\"a \\\"quoted\\\" \\$word\"", "A") == "a \"quoted\" $word");
  CHECK(os::os_release_value("A=\"", "A") == "\"");
  CHECK(os::os_release_value("A=", "A") == "");
}

TEST_CASE("uptime says how long and since when") {
  CHECK(os::describe_uptime("93784.56 100.0\n", "cpu 1 2\nbtime 1738332300\n") ==
        "1 day, 2 hours, 3 minutes, since 2025-01-31 14:05 UTC");
  CHECK(os::describe_uptime("59.9 1", "") == "less than a minute");
  CHECK(os::describe_uptime("120", "btime x\nbtime\n") == "2 minutes");
  CHECK(!os::describe_uptime("", ""));
  CHECK(!os::describe_uptime("-5.0 1", ""));
}

TEST_CASE("a processor is described by model, cores, threads and load") {
  const std::string hyper = "processor\t: 0\nmodel name\t: Fast CPU\nphysical id\t: 0\ncore id\t\t: 0\n\n"
                            "processor\t: 1\nmodel name\t: Fast CPU\nphysical id\t: 0\ncore id\t\t: 0\n\n"
                            "processor\t: 2\nphysical id\t: 1\ncore id\t\t: 0\n\nprocessor\t: 3\nphysical "
                            "id\t: 1\ncore id\t\t: 0\n";
  CHECK(os::describe_processor(hyper, "0.10 0.20 0.30 1/99 1234\n") ==
        "Fast CPU\n2 cores with 4 threads\nload 0.10, 0.20, 0.30 in the last 1, 5 and 15 minutes");
  CHECK(os::describe_processor("processor : 0\nBogoMIPS : 1\nprocessor : 1\n", "") ==
        "A processor that does not tell its name\n2 cores");
  CHECK(os::describe_processor("processor: 0\n", "1 2") == "A processor that does not tell its name\n1 core");
  CHECK(!os::describe_processor("", "0.1 0.2 0.3"));
  CHECK(!os::describe_processor(":::\n\n:", ""));
}

TEST_CASE("memory is told in numbers for people") {
  CHECK(os::describe_memory(
            "MemTotal:       16252928 kB\nMemFree: 1 kB\nMemAvailable:    7969178 kB\nSwapTotal: 2097152 kB\n"
            "SwapFree: 1048576 kB\n") == "7.6 GiB of 15.5 GiB free\n1.0 GiB of 2.0 GiB swap used");
  CHECK(os::describe_memory("MemTotal: 1024 kB\nMemFree: 512 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n") ==
        "512.0 KiB of 1.0 MiB free\nno swap"); // an old kernel
  CHECK(os::describe_memory(
            "MemTotal: 2048 kB\nMemAvailable: 1024 kB\nSwapTotal: 1024 kB\nSwapFree: 9999 kB\n") ==
        "1.0 MiB of 2.0 MiB free\n0 bytes of 1.0 MiB swap used");
  CHECK(!os::describe_memory(""));
  CHECK(!os::describe_memory("MemTotal: 1024 kB\n"));
  CHECK(!os::describe_memory("MemTotal: 99999999999999999999 kB\nMemAvailable: 1 kB"));
  CHECK(!os::describe_memory("MemTotal: 18446744073709551615 kB\nMemAvailable: 1 kB"));
}

TEST_CASE("disks are the real ones, each once, whatever their paths are called") {
  const std::string mounts = "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
                             "22 21 0:20 / /proc rw - proc proc rw\n"
                             "23 21 0:21 / /run rw shared:5 master:2 - tmpfs tmpfs rw\n"
                             "24 21 8:2 / /media/my\\040disk\\134 rw - vfat /dev/sdb1 rw\n"
                             "25 21 8:1 /home /mnt/again rw - ext4 /dev/sda1 rw\n"
                             "26 21 7:1 / /snap/x ro - squashfs /dev/loop1 ro\n"
                             "27 21 0:40 / /net rw - nfs4 server:/export rw\n"
                             "28 21 0:41 / /short rw - nfs4\n"
                             "garbage\n\n- - - - - - -\n";
  CHECK(os::real_disks(mounts) == std::vector<os::mounted_disk>{{"/", "ext4", "/dev/sda1"},
                                                                {"/media/my disk\\", "vfat", "/dev/sdb1"},
                                                                {"/net", "nfs4", "server:/export"}});
  CHECK(os::real_disks("1 1 0:9 / / rw - overlay overlay rw\n").size() == 1); // a container's root
  CHECK(os::real_disks("").empty());
  std::string many;
  for (int i = 0; i < 1000; ++i)
    many += "1 1 9:" + std::to_string(i) + " / /m" + std::to_string(i) + " rw - ext4 /dev/x rw\n";
  CHECK(os::real_disks(many).size() == 64);
}

TEST_CASE("a disk that does not answer is said not to, and the others are told") {
  std::promise<void> gate;
  const auto opened = gate.get_future().share();
  const auto probe = [opened](const std::string& path) -> result<os::disk_space> {
    if (path == "/dead") opened.wait();
    if (path == "/bad") return fail(errc::io_failed, "Could not ask for its size: Input/output error.");
    if (path == "/empty") return os::disk_space{0, 0, 0};
    return os::disk_space{100ULL << 30U, 60ULL << 30U, 20ULL << 30U};
  };
  const auto text = os::describe_disks({{"/", "ext4", "/dev/sda1"},
                                        {"/dead", "nfs", "s:/x"},
                                        {"/bad", "ext4", "/dev/sdb1"},
                                        {"/empty", "ext4", "/dev/sdc1"}},
                                       probe, std::chrono::seconds{2});
  gate.set_value();
  CHECK(text == "/: 20.0 GiB of 100.0 GiB free (75 % used), ext4 on /dev/sda1\n"
                "/dead: does not answer (nfs on s:/x)\n"
                "/bad: Could not ask for its size: Input/output error.\n"
                "/empty: 0 bytes of 0 bytes free (0 % used), ext4 on /dev/sdc1");
  CHECK(!os::describe_disks({}, probe, std::chrono::seconds{2}));
}

TEST_CASE("the ways out and the name servers are found in what the kernel and the resolver say") {
  CHECK(os::default_routes(
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
            "eth0\t00000000\t0100A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
            "eth0\t0000A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n"
            "ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n"
            "bad\t00000000\tXYZ\t0003\t0\t0\t0\t00000000\t0\t0\t0\nshort\t00000000\n") ==
        strings{"192.168.0.1 by eth0", "directly by ppp0"});
  CHECK(os::default_routes("").empty());
  const std::string zero(32, '0');
  CHECK(os::default_routes_v6(
            zero + " 00 " + zero + " 00 fe800000000000000000000000000001 00000400 0 0 00000003     eth0\n" +
            zero + " 00 " + zero + " 00 " + zero + " ffffffff 0 0 00200200       lo\n" + zero + " 00 " +
            zero + " 00 short 00000400 0 0 00000003 eth1\n" + "fe80" + std::string(28, '0') + " 40 " + zero +
            " 00 " + zero + " 00000100 0 0 00000001 eth0\n") == strings{"fe80::1 by eth0"});
  CHECK(os::name_servers("# nameserver 1.1.1.1\nnameserver 10.0.0.1\n  nameserver\tfe80::1%eth0 "
                         "\nnameserver\nsearch example\n") == strings{"10.0.0.1", "fe80::1%eth0"});
}

TEST_CASE("a process is read whatever its name is") {
  const auto stat = [](const std::string& name, const std::string& rest) {
    return "42 (" + name + ") " + rest;
  };
  const std::string rest =
      "S 1 42 42 0 -1 4194560 1 2 3 4 70 30 5 6 20 0 1 0 999 1000000 256 18446744073709551615 1 1";
  for (const std::string name : {"bash", "a b", "evil) R 1 (x", "(", ")", "", "\xff\n"}) {
    const auto read = os::parse_stat(stat(name, rest));
    REQUIRE(read);
    CHECK(read->pid == 42);
    CHECK(read->name == name);
    CHECK(read->ticks == 100);
    CHECK(read->started == 999);
    CHECK(read->rss_pages == 256);
  }
  const auto whole = stat("bash", "S 1 42 42 0 -1 4194560 1 2 3 4 70 30 5 6 20 0 1 0 999 1000000 256");
  for (std::size_t length = 0; length + 3 < whole.size(); ++length)
    CHECK(!os::parse_stat(std::string_view{whole}.substr(0, length)));
  CHECK(!os::parse_stat(")("));
}

TEST_CASE("the busiest and the largest processes are named, with user and share, and a reused number is not "
          "confused") {
  const std::vector<os::process_sample> before{{1, "init", "", 50, 1, 10},
                                               {2, "busy", "", 1000, 5, 20},
                                               {3, "gone", "", 1, 1, 1},
                                               {4, "old", "", 5000, 7, 1}};
  const std::vector<os::process_sample> after{{1, "init", "root", 50, 1, 10},
                                              {2, "busy", "ann", 1150, 5, 20},
                                              {4, "new", "bob", 30, 90, 3},
                                              {5, "big", "ann", 0, 8, 1000}};
  CHECK(os::describe_processes(before, after, {.seconds = 1.0, .ticks_per_second = 100, .page_bytes = 4096},
                               2) ==
        "4 processes\nbusiest just now:\n  busy (2, ann): 150 % CPU, 80.0 KiB\n  new (4, bob): 30 % CPU, "
        "12.0 KiB\n"
        "most memory:\n  big (5, ann): 0 % CPU, 3.9 MiB\n  busy (2, ann): 150 % CPU, 80.0 KiB");
  CHECK(os::describe_processes({}, {}, {.seconds = 1.0, .ticks_per_second = 100, .page_bytes = 4096}, 2) ==
        "0 processes\nbusiest just now:\n  none\nmost memory:");
}

TEST_CASE("sessions are read from utmp, also when its fields are full, and from loginctl") {
  const auto entry = [](short type, const char* user, const char* line, const char* host) {
    utmpx made{};
    made.ut_type = type;
    std::strncpy(made.ut_user, user, sizeof made.ut_user);
    std::strncpy(made.ut_line, line, sizeof made.ut_line);
    std::strncpy(made.ut_host, host, sizeof made.ut_host);
    made.ut_tv.tv_sec = 1738332300;
    return std::string{reinterpret_cast<const char*>(&made), sizeof made};
  };
  const std::string full(sizeof(utmpx::ut_user), 'u');
  const auto bytes = entry(BOOT_TIME, "reboot", "~", "") + entry(USER_PROCESS, "ann", ":0", "") +
                     entry(DEAD_PROCESS, "bob", "pts/0", "") +
                     entry(USER_PROCESS, full.c_str(), "pts/1", "192.0.2.1") +
                     entry(USER_PROCESS, "", "pts/2", "");
  const strings expected{"ann on :0 since 2025-01-31 14:05 UTC",
                         full + " on pts/1 from 192.0.2.1 since 2025-01-31 14:05 UTC"};
  CHECK(os::utmp_sessions(bytes) == expected);
  CHECK(os::utmp_sessions(bytes + "half an entry") == expected);
  CHECK(os::utmp_sessions("").empty());
  CHECK(os::loginctl_sessions("   2 1000 ann  seat0 tty2\n  c1  111 gdm\n\nNo sessions.\n") ==
        strings{"ann (session 2)", "gdm (session c1)"});
}

TEST_CASE("every fact of this machine is told or its absence explained, and no fact throws") {
  strings ids;
  for (const auto& source : machine_facts()) {
    const auto found = source.gather();
    CAPTURE(found.id);
    CAPTURE(found.text);
    CHECK(found.id == source.id);
    CHECK(found.title == source.title);
    CHECK(found.text.empty() != found.failed.empty());
    CHECK(found.text.size() <= 65536);
    ids.push_back(found.id);
    if (source.id == "journal" || source.id == "disks") continue; // not every machine has them
    CHECK(found.failed.empty());
    if (source.id == "memory") CHECK(found.text.find(" of ") != std::string::npos);
  }
  CHECK(ids ==
        strings{"os", "uptime", "processor", "memory", "disks", "network", "processes", "users", "journal"});
}

TEST_CASE("a program's arguments never become part of a fact") {
  constexpr const char* password = "password-in-an-argument";
  // Busy, so that it is listed for sure.
  child_process secretive{[&] {
    ::execl("/bin/sh", "sh", "-c", "while :; do :; done", password, nullptr);
    return 1;
  }};
  const auto sources = machine_facts();
  const auto processes = std::ranges::find(sources, "processes", &fact_source::id);
  REQUIRE(processes != sources.end());
  const auto number = "(" + std::to_string(secretive.pid()) + ", ";
  std::string text;
  REQUIRE(eventually(
      [&] { return (text = processes->gather().text).find("sh " + number) != std::string::npos; }));
  CHECK(text.find(password) == std::string::npos);
}

TEST_CASE("facts are found as well by an ordinary user's process that forbade core dumps") {
  child_process ordinary{[] {
    if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) return 90;
    if (!forbid_core_dumps()) return 91;
    int number = 0;
    for (const auto& source : machine_facts()) {
      ++number;
      if (source.id == "journal" || source.id == "users" || source.id == "disks") continue;
      const auto found = source.gather();
      if (!found.failed.empty() || found.text.empty()) return number;
    }
    return os::real_disks("").empty() ? 0 : 92;
  }};
  CHECK(ordinary.exit_status() == 0);
}

TEST_CASE("this machine has a name, a system and an architecture") {
  const auto machine = this_machine();
  CHECK(!machine.host.empty());
  CHECK(!machine.os.empty());
  CHECK(!machine.arch.empty());
}
