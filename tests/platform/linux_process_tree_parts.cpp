#include "platform/linux/tree/command_environment.hpp"
#include "platform/linux/tree/descendants.hpp"
#include "platform/linux/tree/keeper_message.hpp"
#include "platform/linux/tree/output_meter.hpp"

#include <algorithm>
#include <csignal>
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace tier2;
using namespace tier2::os;

namespace {

child_plan plan() {
  return {{"/bin/sh"},
          {"sh", "/x y"},
          {"A=1", "B="},
          "/",
          true,
          true,
          1000,
          1001,
          {4, 1001},
          "/sys/g",
          std::chrono::milliseconds{70}};
}
result<keeper_message> decoded(const std::string& bytes) {
  return decode_keeper_message({bytes.data(), bytes.size()});
}

errc refused(const child_plan& what) {
  const auto bytes = encode(what);
  REQUIRE(bytes);
  const auto message = decoded(*bytes);
  REQUIRE(!message);
  return message.error().code;
}

} // namespace

TEST_CASE("messages between service and keeper come back as they were; each shorter one is refused") {
  const keeper_message all[] = {
      plan(),           keeper_stop{},           keeper_kill{},
      keeper_started{}, keeper_failed{"a word"}, keeper_ended{-5, std::chrono::milliseconds{9}, true, "b"}};
  for (const auto& each : all) {
    const auto bytes = encode(each);
    REQUIRE(bytes);
    CHECK(decoded(*bytes) == each);
    for (std::size_t length = 0; length < bytes->size(); ++length)
      CHECK(!decoded(bytes->substr(0, length)));
    CHECK(!decoded(*bytes + '\0'));
  }
  CHECK(!decoded(std::string{"\1\1", 2})); // another version
  CHECK(!decoded(std::string{"\2\x06", 2}));
  CHECK(!decoded(std::string(max_keeper_message_bytes + 1, '\1')));
}

TEST_CASE("the keeper refuses a plan that exec would not get as it was meant") {
  auto what = plan();
  what.programs.clear();
  CHECK(refused(what) == errc::invalid_argument);
  what = plan();
  what.programs = {"sh"};
  CHECK(refused(what) == errc::invalid_argument);
  what = plan();
  what.argv.clear();
  CHECK(refused(what) == errc::invalid_argument);
  what = plan();
  what.argv[1] = std::string{"a\0b", 3};
  CHECK(refused(what) == errc::invalid_argument);
  for (const auto* variable : {"A", "=A", ""}) {
    what = plan();
    what.environment = {variable};
    CHECK(refused(what) == errc::invalid_argument);
  }
  what = plan();
  what.directory = "x";
  CHECK(refused(what) == errc::invalid_argument);
  what = plan();
  what.control_group = "x";
  CHECK(refused(what) == errc::invalid_argument);
  what = plan();
  what.user = static_cast<uid_t>(-1);
  CHECK(refused(what) == errc::malformed);
  what = plan();
  what.argv.resize(max_child_texts + 1);
  CHECK(refused(what) == errc::malformed);
  what = plan();
  what.argv[1] = std::string(max_keeper_message_bytes, 'x');
  CHECK(encode(what).error().code == errc::too_large);
}

TEST_CASE("a process is read from its stat line whatever it calls itself") {
  const std::string rest = " S 7 8 9 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 4711 123 45\n";
  for (const auto* name : {"(sh)", "((a) b)", "() Z 1 1 1 1)", "(\n)"}) {
    const auto entry = parse_process_entry("42 " + std::string{name} + rest);
    REQUIRE(entry);
    CHECK(entry->process == 42);
    CHECK(entry->parent == 7);
    CHECK(entry->session == 9);
    CHECK(entry->started == 4711);
    CHECK(entry->state == 'S');
  }
  const std::string whole = "42 (sh) S 7 8 9 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 4711";
  for (std::size_t length = 0; length + 4 < whole.size(); ++length) // shorter start times are start times
    CHECK(!parse_process_entry(whole.substr(0, length)));
}

TEST_CASE(
    "only descendants below a chosen child are found, and signalled only while they are who was found") {
  const pid_t child = ::fork();
  if (child == 0) {
    for (;;)
      ::pause();
  }
  const auto entry = look_at(child);
  REQUIRE(entry);
  const auto any = [](const process_entry&) { return true; };
  const auto none = [](const process_entry&) { return false; };
  const auto found = descendants(any);
  CHECK(std::count(found.begin(), found.end(), *entry) == 1);
  CHECK(descendants(none).empty());
  const auto above = look_at(::getppid());
  REQUIRE(above);
  CHECK(std::count(found.begin(), found.end(), *above) == 0);
  CHECK(search_children(::getpid()) == process_handle{::getpid()}.children(*look_at(::getpid())));
  const process_handle handle{child};
  CHECK(handle.look() == entry);
  CHECK(!handle.ended(*entry));
  CHECK(::waitpid(child, nullptr, WNOHANG) == 0);
  CHECK(handle.signal(SIGKILL));
  siginfo_t over{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &over, WEXITED | WNOWAIT) == 0);
  const auto dead = handle.look();
  REQUIRE(dead);
  CHECK(handle.ended(*dead));
  CHECK(handle.exists());
  CHECK(WTERMSIG(dead->exit_status) == SIGKILL);
  CHECK(living_descendants(any).size() + 1 == descendants(any).size());
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
  CHECK(WTERMSIG(status) == SIGKILL);
  CHECK(!handle.signal(SIGKILL));
  CHECK(!handle.exists());
  CHECK(!handle.look()); // also when the number is another's by now
}

TEST_CASE("the meter delivers up to the limit against credit, then counts for nothing") {
  output_meter meter{10, 4};
  CHECK(meter.wanted() == 4);
  CHECK(meter.take(0, 4).deliver == 4);
  CHECK(meter.wanted() == 0);
  meter.add_credit(100);
  CHECK(meter.take(1, 3).offset == 0);
  CHECK(!meter.truncated());
  const auto last = meter.take(0, 5);
  CHECK(last.offset == 4);
  CHECK(last.deliver == 3);
  CHECK(meter.truncated());
  CHECK(meter.wanted() == output_chunk_bytes);
  CHECK(meter.take(1, 9).deliver == 0);
  CHECK(meter.written(0) == 9);
  CHECK(meter.written(1) == 12);
}

TEST_CASE("the system's language is read from its file, if it is one") {
  CHECK(configured_language("LANG=de_DE.UTF-8\n") == "de_DE.UTF-8");
  CHECK(configured_language("# x\nLANGUAGE=a\nLANG=\"C.UTF-8\"") == "C.UTF-8");
  CHECK(configured_language("LANG=$(reboot)\n").empty());
  CHECK(configured_language("LANG=\"").empty());
  CHECK(configured_language("").empty());
}
