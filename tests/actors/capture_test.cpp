#include "actors/capture/capture_actor.hpp"
#include "actors/supervisor/actor_runtime.hpp"
#include "tests/support/xvfb.hpp"

#include <atomic>
#include <condition_variable>
#include <doctest/doctest.h>
#include <mutex>

using namespace tier2;
using namespace std::chrono_literals;

namespace {

/// A screen whose grabs wait until the test lets them go on; fails loudly when it is used against its rules.
struct scripted_screen {
  std::mutex mutex;
  std::condition_variable changed;
  int allowed{}, taken{};
  bool lost{false};
  errc failing{}; ///< Grabs fail so, if at all.
  std::atomic<int> lent{0};

  void allow(int grabs) {
    const std::lock_guard lock{mutex};
    allowed += grabs;
    changed.notify_all();
  }
  void wait_for(int grabs) {
    std::unique_lock lock{mutex};
    REQUIRE(changed.wait_for(lock, 60s, [&] { return taken >= grabs; }));
  }
};

class scripted_grabber final : public screen_grabber {
public:
  explicit scripted_grabber(scripted_screen& screen) : screen_(screen) {}
  result<raw_frame> grab() override {
    std::unique_lock lock{screen_.mutex};
    ++screen_.taken;
    screen_.changed.notify_all();
    screen_.changed.wait(lock, [&] { return screen_.allowed > 0 || screen_.lost; });
    if (screen_.lost) return fail(errc::display_lost, "The display is gone.");
    --screen_.allowed;
    if (screen_.failing != errc{}) return fail(screen_.failing, "It went wrong.");
    if (++screen_.lent != 1) return fail(errc::in_use, "The frame before was not released.");
    raw_frame frame;
    frame.info.captured_at = std::chrono::steady_clock::now();
    frame.image.owner = std::shared_ptr<const void>(static_cast<const void*>(nullptr),
                                                    [this](const void*) { --screen_.lent; });
    return frame;
  }

private:
  scripted_screen& screen_;
};

using counters_of = std::vector<std::pair<std::string, std::uint64_t>>;

struct compression_double {
  std::vector<std::uint64_t> ids;
  std::vector<frame_info> lost;
  static inline const char* name = "compression";
};

compression_actor::behavior_type keep_ids(compression_actor::stateful_pointer<compression_double> self,
                                          int expected) {
  self->state.ids.reserve(static_cast<std::size_t>(expected));
  return {[self](keep& what) {
            self->state.ids.push_back(what.frame->info.id);
            if (is_lost(what.frame->info.note)) self->state.lost.push_back(what.frame->info);
            what.frame.reset();
            return kept{};
          },
          [self](const get_health&) {
            actor_health all;
            all.handled = self->state.ids.size();
            for (const auto& each : self->state.lost)
              all.counters.emplace_back(to_string(each.note), each.id);
            return all;
          }};
}

struct capturing {
  scripted_screen screen; // outlives the system, and so the actor's thread
  actor_runtime_config settings;
  caf::actor_system system{settings};
  caf::scoped_actor self{system};
  compression_actor compression = system.spawn(keep_ids, 16);
  capture_actor actor =
      system.spawn(capture, grab_thread::open_screen{[this]() -> result<std::unique_ptr<screen_grabber>> {
                     return std::make_unique<scripted_grabber>(screen);
                   }},
                   compression, std::make_shared<std::uint64_t>(0));

  ~capturing() {
    screen.allow(1000);
    self->send_exit(actor, caf::exit_reason::user_shutdown);
    self->send_exit(compression, caf::exit_reason::user_shutdown);
    self->wait_for(actor, compression);
  }
  template <class Actor>
  actor_health health(const Actor& of) {
    actor_health answer;
    self->request(of, 60s, get_health{})
        .receive([&](actor_health& h) { answer = std::move(h); },
                 [](const caf::error&) { FAIL("no health"); });
    return answer;
  }
  void flush_all() {
    self->request(actor, 60s, flush{})
        .receive([](const flushed&) {}, [](const caf::error&) { FAIL("no answer"); });
  }
  std::uint64_t counter(const std::string& name) {
    for (const auto& [reason, count] : health(actor).counters)
      if (reason == name) return count;
    return 0;
  }
};

} // namespace

TEST_CASE("capture: of 1,000 triggers in a burst two pictures are taken and the rest is counted") {
  capturing c;
  c.self->send(c.actor, triggered{});
  c.screen.wait_for(1);
  for (int i = 0; i < 999; ++i)
    c.self->send(c.actor, triggered{});
  CHECK(c.counter("coalesced") == 998); // all arrived while the first was being taken
  c.screen.allow(2);
  c.flush_all();
  CHECK(c.health(c.compression).handled == 2);
  CHECK(c.counter("taken") == 2);
  CHECK(c.counter("grab_failed") == 0);
}

TEST_CASE("capture: no picture is taken while recording rests") {
  capturing c;
  c.screen.allow(10);
  c.self->send(c.actor, set_recording{false});
  c.self->send(c.actor, triggered{});
  c.flush_all();
  CHECK(c.counter("resting") == 1);
  CHECK(c.screen.taken == 0);
  c.self->send(c.actor, set_recording{true});
  c.self->send(c.actor, triggered{});
  c.flush_all();
  CHECK(c.health(c.compression).handled == 1);
}

TEST_CASE("capture: a flush answers only when the picture in hand is kept") {
  capturing c;
  c.self->send(c.actor, triggered{});
  c.screen.wait_for(1);
  bool answered = false;
  auto pending = c.self->request(c.actor, 60s, flush{});
  CHECK(c.health(c.compression).handled == 0);
  c.screen.allow(1);
  pending.receive([&](const flushed&) { answered = true; }, [](const caf::error&) {});
  CHECK(answered);
  CHECK(c.health(c.compression).handled == 1);
}

TEST_CASE(
    "capture: a lost display ends the actor with the display's error, for its supervisor to start it again") {
  capturing c;
  c.self->monitor(c.actor);
  {
    const std::lock_guard lock{c.screen.mutex};
    c.screen.lost = true;
  }
  c.self->send(c.actor, triggered{});
  errc code{};
  c.self->receive([&](const caf::down_msg& down) { code = from_caf(down.reason).code; });
  CHECK(code == errc::display_lost);
  CHECK(c.health(c.compression).counters == counters_of{{"lost_display", 1}}); // the ticket can say so
}

TEST_CASE("capture: a picture that could not be taken is kept as one that says why, and the next is taken") {
  capturing c;
  for (const auto& [why, note] :
       {std::pair{errc::conflict, "lost_resizing"}, std::pair{errc::in_use, "lost_busy"},
        std::pair{errc::too_large, "lost_windows"}, std::pair{errc::capture_failed, "lost_other"}}) {
    const auto before = c.health(c.compression).counters.size();
    {
      const std::lock_guard lock{c.screen.mutex};
      c.screen.failing = why;
    }
    c.screen.allow(1);
    c.self->send(c.actor, triggered{});
    c.flush_all();
    const auto counters = c.health(c.compression).counters;
    REQUIRE(counters.size() == before + 1);
    CHECK(counters.back().first == note);
  }
  CHECK(c.counter("grab_failed") == 4);
  {
    const std::lock_guard lock{c.screen.mutex};
    c.screen.failing = errc{};
  }
  c.screen.allow(1);
  c.self->send(c.actor, triggered{});
  c.flush_all();
  CHECK(c.health(c.compression).handled == 5);
  CHECK(c.health(c.compression).counters.size() == 4);
}

TEST_CASE(
    "capture: when a real X server dies and another one comes, the next incarnation takes pictures again") {
  auto first = std::make_unique<test::xvfb>();
  std::unique_ptr<test::xvfb> second;
  std::string display = first->display();
  actor_runtime_config settings;
  caf::actor_system system{settings};
  caf::scoped_actor self{system};
  auto compression = system.spawn(keep_ids, 16);
  const auto last_id = std::make_shared<std::uint64_t>(0);
  const auto start = [&] {
    return system.spawn(capture,
                        grab_thread::open_screen{[display] { return screen_grabber::open(display); }},
                        compression, last_id);
  };
  const auto one_picture = [&](const capture_actor& actor) {
    self->send(actor, triggered{});
    self->request(actor, 60s, flush{}).receive([](const flushed&) {}, [](const caf::error&) {});
  };
  auto actor = start();
  one_picture(actor);
  first->stop();
  self->monitor(actor);
  self->send(actor, triggered{});
  errc code{};
  self->receive([&](const caf::down_msg& down) { code = from_caf(down.reason).code; });
  CHECK(code == errc::display_lost);
  second = std::make_unique<test::xvfb>();
  display = second->display();
  actor = start();
  one_picture(actor);
  actor_health kept;
  self->request(compression, 60s, get_health{})
      .receive([&](actor_health& h) { kept = std::move(h); }, [](const caf::error&) { FAIL("no health"); });
  CHECK(kept.handled == 3);
  CHECK(kept.counters == counters_of{{"lost_display", 2}});
  CHECK(*last_id == 3);
  self->send_exit(actor, caf::exit_reason::user_shutdown);
  self->send_exit(compression, caf::exit_reason::user_shutdown);
  self->wait_for(actor, compression);
}
