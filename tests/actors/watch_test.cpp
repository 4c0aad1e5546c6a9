#include "actors/watch/watch_actor.hpp"
#include "platform/private_file.hpp"
#include "tests/actors/virtual_system.hpp"
#include "tests/platform/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>

using namespace tier2;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t mebibyte = 1U << 20U, gibibyte = 1U << 30U;

struct heard {
  std::vector<alert> alerts;
  int away{}; ///< So many alerts find nobody in the slot.
};

caf::behavior alerting_double(caf::event_based_actor* self, heard* all) {
  self->set_default_handler([](caf::scheduled_actor*, caf::message_view&) -> caf::result<caf::message> {
    FAIL("an unexpected message");
    return caf::sec::unexpected_message;
  });
  return {[all](const raise_alert& what) -> caf::result<void> {
    if (all->away > 0) {
      --all->away;
      return to_caf({errc::unavailable, "This part is being restarted."});
    }
    all->alerts.push_back(what.what);
    return caf::unit;
  }};
}

/// A machine as it is just now; the actor may be started again on it.
struct machine {
  test::temporary_directory directory;
  thresholds_section thresholds;
  memory_reading memory{16 * gibibyte, 8 * gibibyte, 0, 0, std::nullopt};
  load_reading load{0.5, 4};
  std::chrono::milliseconds clock{1'000'000s};
  std::chrono::seconds passed{};
  room_readings rooms{{directory.path(), false, room{gibibyte, gibibyte, 0, 0, false}, {}}, {}};
  std::string crl_file;

  wall_time now() const { return wall_time{1'800'000'000s} + passed; }
  void has(const std::string& path, std::uint64_t available, std::uint64_t total) {
    std::erase_if(rooms.places, [&](const auto& each) { return each.path == path; });
    rooms.places.push_back({path, false, room{total, available, 0, 0, false}, {}});
  }
};

struct watching {
  machine& here;
  test::virtual_system all;
  heard h;
  caf::actor alerting;
  watch_actor actor;

  explicit watching(machine& on) : here{on}, alerting{all.system.spawn(alerting_double, &h)} {
    watch_surroundings around;
    around.thresholds = on.thresholds;
    around.state_directory = on.directory.path();
    around.cloud_host = "help.example.org";
    around.crl_file = on.crl_file;
    around.alerting = caf::actor_cast<alerting_actor>(alerting);
    around.memory = [&on]() -> result<memory_reading> { return on.memory; };
    around.load = [&on]() -> result<load_reading> { return on.load; };
    around.clock = [&on] { return on.clock; };
    around.now = [&on] { return on.now(); };
    around.rooms = [&on] { return on.rooms; };
    actor = all.system.spawn(watch, around);
    all.run();
  }
  ~watching() {
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(alerting, caf::exit_reason::user_shutdown);
    all.run();
  }
  void minutes(int count) {
    for (int i = 0; i < count; ++i) {
      here.passed += 60s;
      all.advance(60s);
    }
  }
  template <class Message>
  void tell(Message what) {
    caf::anon_send(actor, std::move(what));
    all.run();
  }
  /// "severity key" of each alert since the last call.
  std::string told() {
    std::string text;
    for (const auto& each : h.alerts)
      text += (text.empty() ? "" : ", ") + std::string{to_string(each.severity)} + " " + each.dedupe_key;
    last = h.alerts.empty() ? alert{} : h.alerts.back();
    h.alerts.clear();
    return text;
  }
  std::uint64_t counter(const std::string& name) { return all.counter(actor, name); }
  alert last;
};

} // namespace

TEST_CASE(
    "watch: a disk that fills up is told with its numbers, gets worse, and is well again, under one key") {
  machine here;
  here.has("/var", 5 * gibibyte, 15 * gibibyte);
  watching w{here};
  w.minutes(10);
  CHECK(w.told() == "");
  here.has("/var", 700 * mebibyte, 15 * gibibyte);
  w.minutes(2);
  CHECK(w.told() == "");
  w.minutes(1);
  CHECK(w.told() == "warning disk:/var");
  CHECK(w.last.title == "/var has little room left");
  CHECK(w.last.body.starts_with("/var has 700 MiB (4 %) free of 15 GiB. "));
  CHECK(w.last.source == "watch");
  CHECK(w.last.labels == std::map<std::string, std::string>{{"level", "warning"},
                                                            {"path", "/var"},
                                                            {"available_bytes", "734003200"},
                                                            {"total_bytes", "16106127360"}});
  here.has("/var", 312 * mebibyte, 15 * gibibyte);
  w.minutes(3);
  CHECK(w.told() == "critical disk:/var");
  CHECK(w.last.body.starts_with("/var has 312 MiB (2 %) free of 15 GiB."));
  w.minutes(300);
  CHECK(w.told() == "");
  w.minutes(60);
  CHECK(w.told() == "critical disk:/var");
  CHECK(w.last.labels.at("lasts_on") == "true");
  here.has("/var", 13 * gibibyte, 15 * gibibyte);
  w.minutes(3);
  CHECK(w.told() == "info disk:/var");
  CHECK(w.last.title == "/var has room again");
  CHECK(w.last.labels.at("level") == "well");
  w.minutes(1000);
  CHECK(w.told() == "");
}

TEST_CASE("watch: few percent of a large disk are plenty, and a full table of files is a full disk") {
  machine here;
  here.has("/data", 100 * gibibyte, 4096 * gibibyte);
  watching w{here};
  w.minutes(10);
  CHECK(w.told() == "");
  here.rooms.places[0].space->files_total = 1000;
  here.rooms.places[0].space->files_available = 10;
  w.minutes(3);
  CHECK(w.told() == "critical disk:/data");
  CHECK(w.last.body.find("can take 10 more files (1 %)") != std::string::npos);
}

TEST_CASE(
    "watch: after a restart nothing is told twice, and the end is told; a damaged memory is no disaster") {
  machine here;
  here.thresholds.disk_lasts = 0s;
  here.has("/var", 700 * mebibyte, 15 * gibibyte);
  here.has("/usb", 1 * mebibyte, 15 * gibibyte);
  {
    watching w{here};
    CHECK(w.told() == "warning disk:/var, critical disk:/usb");
  }
  {
    watching w{here};
    w.minutes(60);
    CHECK(w.told() == "");
  }
  here.has("/var", 14 * gibibyte, 15 * gibibyte);
  here.rooms.places.erase(here.rooms.places.begin()); // the stick was pulled out
  {
    watching w{here};
    CHECK(w.told() == "info disk:/var, info disk:/usb");
    CHECK(w.last.title == "/usb is no longer watched");
  }
  here.has("/var", 700 * mebibyte, 15 * gibibyte);
  std::ofstream(here.directory / "watch.state", std::ios::trunc) << "{nonsense";
  watching w{here};
  CHECK(w.counter("memory_lost") == 1);
  CHECK(w.told() == "warning disk:/var");
  w.minutes(3);
  CHECK(read_private_file(here.directory / "watch.state", 4096)); // whole again
}

TEST_CASE("watch: memory, what waits for it, and load") {
  machine here;
  here.thresholds.memory_lasts = here.thresholds.pressure_lasts = here.thresholds.load_lasts = 0s;
  watching w{here};
  here.memory.available = gibibyte;
  here.memory.swap_total = gibibyte;
  here.memory.pressure = 20.5;
  here.load.last_15_minutes = 13;
  w.minutes(1);
  CHECK(w.told() == "warning memory, warning pressure, warning load");
  here.memory.available = 100 * mebibyte;
  here.memory.pressure = 60;
  here.load.last_15_minutes = 41;
  w.minutes(1);
  CHECK(w.told() == "critical memory, critical pressure, critical load");
  CHECK(
      w.last.body.starts_with("Over 15 minutes 41.0 programs wanted to run at a time, 10.2 for each of 4 "));
  here.memory.available = 8 * gibibyte;
  here.memory.pressure = 0;
  here.load.last_15_minutes = 1;
  w.minutes(1);
  CHECK(w.told() == "info memory, info pressure, info load");
}

TEST_CASE("watch: a file system that does not answer is told; what cannot be read changes nothing") {
  machine here;
  here.thresholds.disk_lasts = 60s;
  here.has("/var", 700 * mebibyte, 15 * gibibyte);
  watching w{here};
  w.minutes(1);
  CHECK(w.told() == "warning disk:/var");
  here.rooms.places[0] = {"/var", true, std::nullopt, {}};
  w.minutes(3);
  CHECK(w.told() == "warning hang:/var");
  here.rooms.places[0] = {"/var", false, std::nullopt, "a reason"};
  w.minutes(3);
  CHECK(w.told() == "info hang:/var");
  CHECK(w.counter("unreadable") == 3);
  here.has("/var", 14 * gibibyte, 15 * gibibyte);
  w.minutes(3);
  CHECK(w.told() == "info disk:/var");
}

TEST_CASE("watch: the agent's own directory: little room, read-only, and what cannot be written") {
  machine here;
  watching w{here};
  CHECK(w.told() == "");
  here.rooms.own.space->available = 60 * mebibyte;
  w.minutes(1);
  CHECK(w.told() == "warning state");
  here.rooms.own.space->read_only = true;
  w.minutes(1);
  CHECK(w.told() == "critical state");
  here.rooms.own.space = room{gibibyte, gibibyte, 0, 0, false};
  w.minutes(1);
  CHECK(w.told() == "info state");
  // Once an hour it is tried, though there is nothing to write.
  std::filesystem::remove(here.directory / "watch.state");
  std::filesystem::create_directory(here.directory / "watch.state");
  w.minutes(61);
  CHECK(w.told() == "critical state");
  CHECK(w.last.body.find("watch.state") != std::string::npos);
  CHECK(w.counter("not_written") > 0);
  std::filesystem::remove(here.directory / "watch.state");
  w.minutes(2);
  CHECK(w.told() == "info state");
}

TEST_CASE("watch: a clock that was set is told; sleep, drift and small corrections are not") {
  machine here;
  watching w{here};
  here.clock += 60s;
  w.minutes(1);
  here.clock -= 5s;
  w.minutes(1);
  CHECK(w.told() == "");
  here.clock += 3h + 2min;
  w.minutes(1);
  CHECK(w.told() == "warning clock");
  CHECK(w.last.body.find("was set forward by 3 h 2 min") != std::string::npos);
  CHECK(w.last.labels.at("moved_s") == "10920");
  w.minutes(5);
  here.clock -= 6s;
  w.minutes(1);
  CHECK(w.told() == "warning clock");
  CHECK(w.last.body.find("was set back by 6 s") != std::string::npos);
}

TEST_CASE("watch: an actor that crashed is told with its error and how often") {
  machine here;
  watching w{here};
  w.tell(child_crashed{"relay", {errc::io_failed, "no socket"}, 2});
  CHECK(w.told() == "warning actor:relay");
  CHECK(w.last.body.find("\"relay\" ended with: io_failed: no socket.") == 0);
  CHECK(w.last.labels.at("restarts") == "2");
}

TEST_CASE("watch: what cannot be handed over waits, in order, and is counted when it is too much") {
  machine here;
  watching w{here};
  w.h.away = 1;
  for (std::uint32_t i = 0; i < 70; ++i)
    caf::anon_send(w.actor, child_crashed{"a" + std::to_string(i), {errc::refused, "a bug"}, 1});
  w.h.away = 1'000'000;
  w.all.run();
  CHECK(w.told() == "");
  CHECK(w.counter("waiting") == 64);
  CHECK(w.counter("dropped_too_many") == 6);
  w.h.away = 0;
  w.minutes(1);
  CHECK(w.h.alerts.size() == 64);
  CHECK(w.h.alerts.front().dedupe_key == "actor:a0");
  CHECK(w.h.alerts.back().dedupe_key == "actor:a63");
}

TEST_CASE("watch: the cloud's certificate is told two weeks before its end, also while a link just lasts") {
  machine here;
  watching w{here};
  const auto in = [&](std::chrono::seconds time) {
    return std::chrono::duration_cast<std::chrono::seconds>((here.now() + time).time_since_epoch()).count();
  };
  w.tell(cloud_verified{in(24h * 14 + 10min), "help.example.org", true, {}});
  CHECK(w.told() == "");
  w.minutes(11);
  CHECK(w.told() == "warning certificate");
  CHECK(w.last.body.starts_with("The certificate of help.example.org ends on 20"));
  w.tell(cloud_verified{in(24h * 2), "The Issuer", false, {}});
  CHECK(w.told() == "critical certificate");
  CHECK(w.last.body.starts_with(
      "The authority 'The Issuer' behind the certificate of help.example.org ends on"));
  w.tell(cloud_verified{in(24h * 90), "help.example.org", true, {}});
  CHECK(w.told() == "info certificate");
}

TEST_CASE("watch: a file of revocation lists that cannot be used is told") {
  machine here;
  here.crl_file = here.directory / "lists.pem";
  watching w{here};
  w.tell(cloud_verified{4'000'000'000, "help.example.org", true, {}});
  CHECK(w.told() == "critical revocation_list");
  CHECK(w.last.body.find("there is no such file") != std::string::npos);
}

TEST_CASE("watch: a helper whose parts keep crashing is told once; one crash, or a display away, is not") {
  machine here;
  watching w{here};
  const auto report = [&](std::uint32_t restarts, const std::string& why, const std::string& session = "c2") {
    actor_health each;
    each.name = "capture";
    each.restarts = restarts;
    each.last_error = why;
    w.tell(helper_health{7, session, {each}});
  };
  report(5, "refused: a bug"); // of before
  report(7, "refused: a bug");
  report(100, "display_lost: away");
  CHECK(w.told() == "");
  report(101, "refused: a bug");
  CHECK(w.told() == "warning helper:c2");
  CHECK(w.last.body.find("(capture) were restarted 3 times") != std::string::npos);
  report(200, "refused: a bug");
  w.tell(helper_health{7, {}, {}}); // it comes again
  report(0, "");
  report(3, "refused: a bug");
  CHECK(w.told() == "");
  w.minutes(361);
  report(6, "refused: a bug");
  CHECK(w.told() == "warning helper:c2");
  w.minutes(61);
  report(8, "refused: a bug"); // two in this hour
  CHECK(w.told() == "");
}
