#include "actors/watch/watch_actor.hpp"

#include "actors/watch/wording.hpp"
#include "platform/private_file.hpp"

#include <utility>

namespace tier2 {

namespace {

constexpr std::size_t most_waiting = 64;
/// So that a directory that became unwritable is noticed though nothing is to be written.
constexpr std::chrono::hours write_at_least_every{1};

watch_actor me(watch_pointer self) { return caf::actor_cast<watch_actor>(self); }

std::string file_of(watch_pointer self) { return self->state.around.state_directory + "/watch.state"; }

void recall(watch_pointer self) {
  auto& state = self->state;
  const auto bytes = read_private_file(file_of(self), watch_list::max_text_bytes);
  if (!bytes && bytes.error().code == errc::not_found) return;
  auto list = bytes ? watch_list::load({reinterpret_cast<const char*>(bytes->data()), bytes->size()},
                                       self->clock().now(), state.around.now())
                    : result<watch_list>{tl::unexpected(bytes.error())};
  if (!list) {
    state.meter.count("memory_lost");
    spdlog::warn("{} What lasts on is told once more. ({})", list.error().what, file_of(self));
    return;
  }
  state.things = std::move(*list);
  // Nobody would look at it any more.
  if (state.around.crl_file.empty()) state.things.forget("revocation_list");
}

/// Also to see whether it can be written.
void save(watch_pointer self) {
  auto& state = self->state;
  const auto now = self->clock().now();
  const auto text = state.things.save(now, state.around.now());
  state.written = now;
  const auto written = write_private_file(file_of(self), std::as_bytes(std::span{text}));
  if (written) {
    state.unsaved = false;
    state.unwritable.clear();
    return;
  }
  state.meter.count("not_written");
  state.meter.failed(written.error());
  state.unwritable = written.error().what;
}

void save_if_due(watch_pointer self) {
  auto& state = self->state;
  // What is still to be told counts as not told: after a crash it comes again.
  if (!state.waiting.empty()) return;
  if (state.unsaved || !state.unwritable.empty() ||
      self->clock().now() - state.written >= write_at_least_every)
    save(self);
}

void send_next(watch_pointer self) {
  auto& state = self->state;
  if (state.sending || state.waiting.empty()) return;
  state.sending = true;
  self->request(state.around.alerting, std::chrono::seconds{30}, raise_alert{state.waiting.front()})
      .then(
          [self] {
            self->state.sending = false;
            self->state.waiting.pop_front();
            self->state.waiting.empty() ? save_if_due(self) : send_next(self);
          },
          [self](const caf::error&) { // it is being restarted; the next round tries again
            self->state.sending = false;
            self->state.meter.count("alerting_away");
          });
}

} // namespace

void tell_operators(watch_pointer self, alert what) {
  auto& state = self->state;
  spdlog::log(what.severity == alert_severity::info ? spdlog::level::info : spdlog::level::warn, "{}: {}",
              what.title, what.body);
  state.unsaved = true;
  state.meter.count("told");
  if (state.waiting.size() >= most_waiting) return state.meter.count("dropped_too_many");
  state.waiting.push_back(std::move(what));
  send_next(self);
}

watch_actor::behavior_type watch(watch_pointer self, watch_surroundings around) {
  be_quiet(self);
  self->state.around = std::move(around);
  self->state.clock = self->state.around.clock();
  self->state.written = self->clock().now();
  recall(self);
  self->send(me(self), look_around{});

  return {
      [self](const look_around&) {
        const auto timed = self->state.meter.handle();
        auto& state = self->state;
        self->delayed_send(me(self), state.around.thresholds.interval, look_around{});
        look_at_clock(self);
        look_at_memory_and_load(self);
        look_at_trust(self, false);
        if (state.around.rooms) {
          look_at_rooms(self, state.around.rooms());
        } else {
          const auto& at = state.around.thresholds;
          state.reader.read({state.around.state_directory, at.disk_also, at.disk_except},
                            [to = me(self)](room_readings all) {
                              caf::anon_send(
                                  to, rooms_read{std::make_shared<const room_readings>(std::move(all))});
                            });
        }
        send_next(self);
        save_if_due(self);
      },
      [self](const rooms_read& what) {
        const auto timed = self->state.meter.handle();
        look_at_rooms(self, *what.what);
      },
      [self](const child_crashed& what) {
        const auto timed = self->state.meter.handle();
        tell_operators(self,
                       crash_alert(what.name, std::string{to_string(what.why.code)} + ": " + what.why.what,
                                   what.restarts));
      },
      [self](const cloud_verified& what) {
        const auto timed = self->state.meter.handle();
        self->state.cloud = what;
        look_at_trust(self, true);
      },
      [self](const helper_health& what) {
        const auto timed = self->state.meter.handle();
        if (what.actors.empty()) return self->state.helpers.gone(what.connection);
        if (const auto news =
                self->state.helpers.feed(what.connection, what.session, what.actors, self->clock().now()))
          tell_operators(self, helper_alert(news->session, news->names, news->last_error, news->crashes));
      },
      [self](const get_health&) {
        auto& state = self->state;
        state.meter.set("in_trouble", state.things.in_trouble().size());
        state.meter.set("waiting", state.waiting.size());
        state.meter.set("left_out", state.things.left_out());
        return state.meter.report(self->mailbox().size());
      },
  };
}

} // namespace tier2
