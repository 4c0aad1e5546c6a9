#include "actors/alerting/alerting_actor.hpp"
#include "tests/actors/virtual_system.hpp"
#include "tests/platform/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <sys/mount.h>
#include <unistd.h>

using namespace tier2;
using namespace std::chrono_literals;

namespace {

using sent = std::vector<alert>;

caf::behavior channel_double(caf::event_based_actor* self, sent* all) {
  be_quiet(self);
  return {[all](const to_cloud& what) {
            if (const auto* one = std::get_if<wire::alert>(&what.what)) all->push_back(one->what);
          },
          [](const get_cloud_status&) { return cloud_status{true, {}}; }};
}

caf::behavior keystore_double(caf::event_based_actor* self, const std::shared_ptr<const secret_key>& key) {
  be_quiet(self);
  return {[key](const get_outbox_key&) { return outbox_key{key, nullptr}; }};
}

struct alerted {
  std::shared_ptr<const secret_key> key;
  test::virtual_system all;
  sent to_the_cloud;
  caf::actor channel, keystore;
  alerting_actor actor;

  explicit alerted(const std::string& directory) {
    REQUIRE(init_crypto());
    key = std::make_shared<const secret_key>(secret_key::generate());
    channel = all.system.spawn(channel_double, &to_the_cloud);
    keystore = all.system.spawn(keystore_double, key);
    actor = all.system.spawn(alerting, directory, caf::actor_cast<channel_actor>(channel),
                             caf::actor_cast<keystore_actor>(keystore));
    all.run();
  }
  ~alerted() {
    for (const auto& each : {caf::actor_cast<caf::actor>(actor), channel, keystore})
      caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
    all.run();
  }
  void raise(const std::string& key_of_it, alert_severity severity, std::uint64_t held_back = 0) {
    alert made;
    made.title = "a title";
    made.source = "test";
    made.dedupe_key = key_of_it;
    made.severity = severity;
    made.suppressed = held_back;
    caf::anon_send(actor, raise_alert{made});
    all.run();
  }
  void acknowledge(const uuid& id) {
    caf::anon_send(actor, from_cloud{wire::ack{wire::ack::subject::alert, id, 0, 0}});
    all.run();
  }
  std::uint64_t counter(const std::string& name) { return all.counter(actor, name); }
};

/// A file system that is full.
struct full_disk {
  test::temporary_directory where;
  full_disk() {
    REQUIRE(::mount("none", where.path().c_str(), "tmpfs", 0, "size=64k,mode=0700") == 0);
    std::ofstream filling{where / "filling", std::ios::binary};
    filling << std::string(1U << 20U, 'x') << std::flush;
    CHECK_FALSE(filling);
  }
  ~full_disk() { ::umount(where.path().c_str()); }
  full_disk(const full_disk&) = delete;
  full_disk& operator=(const full_disk&) = delete;
};

} // namespace

TEST_CASE("alerting: worse and well again are news, the same again within ten minutes is counted") {
  const test::temporary_directory where;
  alerted a{where.path()};
  a.raise("disk:/var", alert_severity::warning);
  a.raise("disk:/var", alert_severity::critical);
  a.raise("disk:/var", alert_severity::critical);
  a.raise("disk:/var", alert_severity::info);
  REQUIRE(a.to_the_cloud.size() == 3);
  CHECK(a.to_the_cloud.back().severity == alert_severity::info);
  CHECK(a.counter("held_back") == 1);
  a.all.advance(11min);
  a.raise("disk:/var", alert_severity::critical, 5); // who raises it may hold back, too
  REQUIRE(a.to_the_cloud.size() == 4);
  CHECK(a.to_the_cloud.back().suppressed == 6);
}

TEST_CASE("alerting: on a disk that is full from the beginning alerts are sent from memory, and kept once "
          "there is room") {
  if (::geteuid() != 0) return;
  full_disk disk;
  alerted a{disk.where.path()};
  a.raise("state", alert_severity::critical);
  REQUIRE(a.to_the_cloud.size() == 1);
  CHECK(a.counter("waiting") == 1);
  CHECK(a.counter("not_written") == 1);
  a.raise("other", alert_severity::critical);
  REQUIRE(a.to_the_cloud.size() == 2);
  a.acknowledge(a.to_the_cloud[0].id);
  CHECK(a.counter("waiting") == 1);
  std::filesystem::remove(disk.where / "filling");
  a.all.advance(31s);
  CHECK(std::filesystem::file_size(disk.where / "alerts.outbox") > 100);
  CHECK(a.counter("waiting") == 1);
  CHECK(a.to_the_cloud.back().id == a.to_the_cloud[1].id);
  a.acknowledge(a.to_the_cloud[1].id);
  CHECK(a.counter("waiting") == 0);
}

TEST_CASE("alerting: on a disk that fills up later alerts are sent from memory") {
  if (::geteuid() != 0) return;
  full_disk disk;
  std::filesystem::remove(disk.where / "filling");
  alerted a{disk.where.path()};
  std::ofstream{disk.where / "filling", std::ios::binary} << std::string(1U << 20U, 'x');
  std::size_t told = 0;
  for (; a.counter("not_written") == 0 && told < 1000; ++told)
    a.raise("state" + std::to_string(told), alert_severity::critical);
  CHECK(a.counter("not_written") == 1);
  CHECK(a.to_the_cloud.size() == told);
  CHECK(a.counter("waiting") == told);
}
