#include "platform/linux/readings.hpp"

#include "tests/platform/temporary_directory.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <sys/mount.h>
#include <unistd.h>

using namespace tier2;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> paths(const std::vector<mounted_place>& places) {
  std::vector<std::string> all;
  for (const auto& each : places)
    all.push_back(each.path);
  return all;
}

using names = std::vector<std::string>;

} // namespace

TEST_CASE("readings: local file systems that can be written, each once, and nothing that may let us wait") {
  const std::string mounts = "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
                             "22 21 0:20 / /proc rw - proc proc rw\n"
                             "23 21 0:21 / /run rw - tmpfs tmpfs rw\n"
                             "24 21 8:2 / /var rw - xfs /dev/sda2 rw\n"
                             "25 21 8:1 /home /again rw - ext4 /dev/sda1 rw\n"
                             "26 21 7:1 / /snap/x ro - squashfs /dev/loop1 ro\n"
                             "27 21 0:40 / /net rw - nfs4 server:/export rw\n"
                             "28 21 8:3 / /usr ro,relatime - ext4 /dev/sda3 rw\n"
                             "29 21 8:4 / /broken rw - ext4 /dev/sda4 ro,errors=remount-ro\n"
                             "30 21 0:50 / /b rw - btrfs /dev/sda5 rw,subvol=/b\n"
                             "31 21 0:51 / /c rw - btrfs /dev/sda5 rw,subvol=/c\n"
                             "32 21 0:52 / /tank rw - zfs tank/home rw\n"
                             "33 21 0:53 / /tank2 rw - zfs tank/var rw\n"
                             "34 21 0:54 / /mine rw - fuse.evil /dev/evil rw\n"
                             "35 21 8:6 / /windows rw - fuseblk /dev/sda6 rw\n"
                             "36 21 0:55 / /share rw - cifs //server/share rw\n";
  CHECK(paths(os::writable_places(mounts)) == names{"/", "/var", "/b", "/tank", "/windows"});
  CHECK(os::writable_places("1 1 0:9 / / rw - tmpfs tmpfs rw\n").empty()); // a live system's root
  CHECK(os::writable_places("1 1 0:9 / / rw - nfs server:/root rw\n").empty());
  CHECK(os::writable_places("").empty());
}

TEST_CASE("readings: memory, what waits for it, and load are numbers or an error") {
  const std::string memory =
      "MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 250 kB\nSwapTotal: 8 kB\nSwapFree: 4 kB\n";
  const auto read = os::parse_memory(memory, "some avg10=9.00 avg60=12.50 avg300=1.00 total=7\n"
                                             "full avg10=0.00 avg60=3.00 avg300=0.00 total=7\n");
  REQUIRE(read);
  CHECK(read->total == 1000 * 1024);
  CHECK(read->available == 250 * 1024);
  CHECK(read->swap_total == 8 * 1024);
  CHECK(read->swap_free == 4 * 1024);
  CHECK(read->pressure == 12.5);
  CHECK(os::parse_memory(memory, "")->pressure == std::nullopt);
  CHECK(os::parse_memory(memory, "some avg10=1 avg60=nan")->pressure == std::nullopt);
  CHECK(os::parse_memory(memory, "some avg60=-1")->pressure == std::nullopt);
  CHECK(!os::parse_memory("MemTotal: 1000 kB\n", ""));
  CHECK(!os::parse_memory("MemTotal: 0 kB\nMemAvailable: 0 kB\n", ""));
  CHECK(!os::parse_memory("MemTotal: 18446744073709551615 kB\nMemAvailable: 1 kB\n", ""));
  CHECK(os::parse_load("0.10 0.20 12.34 1/200 4711\n") == 12.34);
  CHECK(!os::parse_load("0.10 0.20"));
  CHECK(!os::parse_load("0.10 0.20 inf 1/2 3"));
}

TEST_CASE("readings: this machine's own") {
  const auto memory = memory_now();
  REQUIRE(memory);
  CHECK(memory->available > 0);
  CHECK(memory->available <= memory->total);
  CHECK(memory->swap_free <= memory->swap_total);
  const auto load = load_now();
  REQUIRE(load);
  CHECK(load->last_15_minutes >= 0);
  CHECK(load->processors >= 1);
  for (const auto& each : writable_places({}, {})) {
    const auto found = room_at(each.path);
    REQUIRE_MESSAGE(found, each.path);
    CHECK_MESSAGE(found->available <= found->total, each.path);
  }
  const test::temporary_directory where;
  const auto here = room_at(where.path());
  REQUIRE(here);
  CHECK(here->total > 0);
  CHECK_FALSE(here->read_only);
  CHECK(room_at(where / "nothing").error().code == errc::not_found);
}

TEST_CASE("readings: what is listed is watched, what is excepted is not") {
  const auto places = paths(writable_places({"/listed", "/both"}, {"/both"}));
  CHECK(std::ranges::count(places, "/listed") == 1);
  CHECK(std::ranges::count(places, "/both") == 0);
  names many;
  for (int i = 0; i < 100; ++i)
    many.push_back("/m" + std::to_string(i));
  CHECK(writable_places(many, {}).size() == 64);
}

TEST_CASE("readings: a small file system says when it is full, and when it is read-only") {
  if (::geteuid() != 0) return;
  const test::temporary_directory where;
  REQUIRE(::mount("none", where.path().c_str(), "tmpfs", 0, "size=1m") == 0);
  CHECK(room_at(where.path())->total == 1U << 20U);
  REQUIRE(::mount("none", where.path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "size=1m") == 0);
  CHECK(room_at(where.path())->read_only);
  CHECK(::umount(where.path().c_str()) == 0);
}

TEST_CASE("readings: the clock's setting stays the same while nobody sets it") {
  // As long as no test changes the clock of this machine, which none does.
  const auto first = clock_setting();
  CHECK(first > 0ms);
  const auto differs = clock_setting() - first;
  CHECK(differs < 1s);
  CHECK(differs > -1s);
}
