#include "actors/supervisor/slot.hpp"
#include "tests/actors/virtual_system.hpp"

#include <doctest/doctest.h>

using namespace tier2;
using namespace std::chrono_literals;

namespace {

/// A child that keeps what it was given and throws when it is told to flush.
struct crashing_state {
  int handled{};
  std::string* log{};
  ~crashing_state() {
    if (log != nullptr) *log += "down ";
  }
  static inline const char* name = "crashing";
};

capture_actor::behavior_type crashing(capture_actor::stateful_pointer<crashing_state> self,
                                      std::string* log) {
  be_quiet(self);
  self->state.log = log;
  return {
      [self](const triggered&) { ++self->state.handled; },
      [](const grabbed&) {},
      [](const set_recording&) {},
      [](const flush&) -> flushed { throw std::runtime_error{"a bug"}; },
      [self](const get_health&) {
        actor_health answer;
        answer.handled = static_cast<std::uint64_t>(self->state.handled);
        return answer;
      },
  };
}

struct supervised {
  test::virtual_system all;
  slot<capture_actor> where = slot<capture_actor>::make(all.system);
  std::string log;
  std::string escalated;
  supervisor_actor supervisor;

  explicit supervised(restart_policy::limits limits) {
    supervisor = spawn_supervisor(
        all.system,
        {{"crashing", where.control,
          [this](supervisor_actor::pointer p) { return child_of(p, crashing, &log); }, limits}},
        [this](const std::string& name, const error&) { escalated = name; });
    all.run();
  }
  ~supervised() {
    caf::anon_send(supervisor, stop_all{});
    all.run();
  }
  void crash() {
    caf::anon_send(where.handle, flush{});
    all.run();
  }
  /// What the child answers, or -1 when the slot says that it is away.
  int handled() {
    int answer = -2;
    caf::scoped_actor self{all.system};
    auto request = self->request(where.handle, caf::infinite, get_health{});
    all.run();
    request.receive(
        [&](const actor_health& h) { answer = static_cast<int>(h.handled); },
        [&](const caf::error& why) { answer = from_caf(why).code == errc::unavailable ? -1 : -3; });
    return answer;
  }
};

} // namespace

TEST_CASE("supervisor: a crashed actor leaves its slot at once and comes back after its backoff") {
  supervised s{{5, 60s, 100ms, 10s}};
  caf::anon_send(s.where.handle, triggered{});
  CHECK(s.handled() == 1);
  s.crash();
  CHECK(s.handled() == -1);
  s.all.advance(99ms);
  CHECK(s.handled() == -1);
  s.all.advance(2ms);
  CHECK(s.handled() == 0);
  CHECK(s.escalated.empty());
}

TEST_CASE("supervisor: too many crashes escalate with the actor's name") {
  supervised s{{2, 60s, 100ms, 10s}};
  for (int i = 0; i < 2; ++i) {
    s.crash();
    CHECK(s.escalated.empty());
    s.all.advance(1s);
  }
  s.crash();
  CHECK(s.escalated == "crashing");
}

TEST_CASE("supervisor: a restart that was asked for is at once, and counts as no crash") {
  supervised s{{1, 60s, 100ms, 10s}};
  for (int i = 0; i < 3; ++i) {
    caf::anon_send(s.where.handle, triggered{});
    CHECK(s.handled() == 1);
    caf::anon_send(s.supervisor, restart_named{"crashing"});
    s.all.run();
    CHECK(s.handled() == 0);
  }
  CHECK(s.log == "down down down ");
  CHECK(s.escalated.empty());
  caf::scoped_actor self{s.all.system};
  auto request = self->request(s.supervisor, caf::infinite, restart_named{"nobody"});
  s.all.run();
  request.receive([](const restarted& answer) { CHECK_FALSE(answer.known); },
                  [](const caf::error&) { FAIL("no answer"); });
}

TEST_CASE("supervisor: it says who is up, how often each was restarted and why") {
  supervised s{{5, 60s, 100ms, 10s}};
  s.crash();
  caf::scoped_actor self{s.all.system};
  auto request = self->request(s.supervisor, caf::infinite, get_children{});
  s.all.run();
  request.receive(
      [&](const std::vector<child_status>& all) {
        REQUIRE(all.size() == 1);
        CHECK(all[0].name == "crashing");
        CHECK_FALSE(all[0].up);
        CHECK(all[0].restarts == 1);
        CHECK(all[0].last_error == "refused: exception: a bug");
      },
      [](const caf::error&) { FAIL("no answer"); });
}

TEST_CASE("supervisor: stopping ends the children from the last to the first, and nothing starts again") {
  test::virtual_system all;
  std::string log;
  const auto a = slot<capture_actor>::make(all.system);
  const auto b = slot<capture_actor>::make(all.system);
  std::string first, second;
  const auto supervisor = spawn_supervisor(
      all.system,
      {{"a", a.control, [&](supervisor_actor::pointer p) { return child_of(p, crashing, &first); }, {}},
       {"b", b.control, [&](supervisor_actor::pointer p) { return child_of(p, crashing, &second); }, {}}},
      [](const std::string&, const error&) { FAIL("nothing crashed"); });
  all.run();
  caf::scoped_actor self{all.system};
  auto request = self->request(supervisor, caf::infinite, stop_all{});
  all.run();
  bool done = false;
  request.receive([&](const stopped&) { done = true; }, [](const caf::error&) {});
  CHECK(done);
  CHECK(first == "down ");
  CHECK(second == "down ");
  all.advance(60s);
  CHECK(first == "down ");
}

TEST_CASE("supervisor: who crashed is told once it was started again, and nobody who was asked to restart") {
  test::virtual_system all;
  const auto where = slot<capture_actor>::make(all.system);
  std::string log;
  std::vector<child_crashed> told;
  const auto supervisor = spawn_supervisor(
      all.system,
      {{"crashing",
        where.control,
        [&](supervisor_actor::pointer p) { return child_of(p, crashing, &log); },
        {}}},
      [](const std::string&, const error&) {}, [&](const child_crashed& what) { told.push_back(what); });
  all.run();
  caf::anon_send(supervisor, restart_named{"crashing"});
  all.advance(1min);
  CHECK(told.empty());
  caf::anon_send(where.handle, flush{});
  all.run();
  CHECK(told.empty());
  all.advance(1s);
  REQUIRE(told.size() == 1);
  CHECK(told[0].name == "crashing");
  CHECK(told[0].restarts == 1);
  CHECK(told[0].why.what == "exception: a bug");
  caf::anon_send(supervisor, stop_all{});
  all.run();
}
