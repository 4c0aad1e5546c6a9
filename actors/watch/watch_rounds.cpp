#include "actors/watch/watch_actor.hpp"
#include "actors/watch/wording.hpp"
#include "platform/net/server_trust.hpp"

#include <algorithm>
#include <set>

namespace tier2 {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t mebibyte = 1U << 20U;
constexpr std::chrono::seconds certificate_warning = 14 * 24h, certificate_critical = 3 * 24h,
                               list_warning = 2 * 24h, lists_every = 24h;

/// Feeds one thing; `words` makes the alert when there is news.
template <class Words>
void judge(watch_pointer self, const std::string& key, finding what, std::chrono::seconds lasts,
           Words words) {
  auto& state = self->state;
  const condition::times at{lasts, state.around.thresholds.repeat};
  if (const auto news = state.things.feed(key, what, self->clock().now(), at))
    tell_operators(self, words(*news));
}

/// What is left of `part` in percent, rounded down; all of nothing.
std::uint32_t percent_of(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return 100;
  return static_cast<std::uint32_t>(100.0 * static_cast<double>(std::min(part, whole)) /
                                    static_cast<double>(whole));
}

finding judge_room(const room& space, const thresholds_section& at) {
  auto what = both(below(percent_of(space.available, space.total), at.disk_percent),
                   below(space.available, at.disk_bytes));
  if (space.files_total != 0)
    what = either(what, below(percent_of(space.files_available, space.files_total), at.disk_percent));
  return what;
}

void judge_place(watch_pointer self, const room_reading& place) {
  const auto& at = self->state.around.thresholds;
  const auto key = disk_key(place.path);
  const auto hangs = place.hangs ? trouble::warning : trouble::none;
  judge(self, hang_key(place.path), {hangs, hangs}, at.disk_lasts,
        [&](const auto& news) { return hanging_alert(place.path, news); });
  if (!place.space) {
    if (!place.hangs) self->state.meter.count("unreadable");
    return; // nothing is known, and nothing is over
  }
  judge(self, key, judge_room(*place.space, at), at.disk_lasts,
        [&](const auto& news) { return disk_alert(place.path, *place.space, news); });
}

/// What was in trouble and is not there any more.
void judge_gone(watch_pointer self, const room_readings& rooms) {
  std::set<std::string> there;
  for (const auto& each : rooms.places) {
    there.insert(disk_key(each.path));
    there.insert(hang_key(each.path));
  }
  for (const auto* prefix : {"disk:", "hang:"})
    for (const auto& key : self->state.things.in_trouble(prefix)) {
      if (there.contains(key)) continue;
      const auto path = key.substr(std::string_view{prefix}.size());
      judge(self, key, {}, self->state.around.thresholds.disk_lasts,
            [&](const auto& news) { return gone_alert(key, path, news); });
    }
}

/// A small file system is not full with what a large one is.
threshold_levels<std::uint64_t> own_levels(std::uint64_t total) {
  const auto warning = std::min(64 * mebibyte, total / 10), critical = std::min(8 * mebibyte, total / 50);
  return {warning, warning + warning / 2, critical, 2 * critical};
}

void judge_own(watch_pointer self, const room_reading& own) {
  auto& state = self->state;
  if (!own.space) {
    if (!own.hangs) state.meter.count("unreadable");
    return;
  }
  auto what = below(own.space->available, own_levels(own.space->total));
  if (own.space->files_total != 0)
    what = either(what, below(own.space->files_available, {1000, 1500, 50, 100}));
  if (own.space->read_only || !state.unwritable.empty()) what = {trouble::critical, trouble::critical};
  judge(self, "state", what, 0s,
        [&](const auto& news) { return state_alert(own.path, *own.space, state.unwritable, news); });
}

finding due(std::chrono::seconds left, std::chrono::seconds warning, std::chrono::seconds critical) {
  const auto level = left <= critical  ? trouble::critical
                     : left <= warning ? trouble::warning
                                       : trouble::none;
  return {level, level};
}

std::chrono::seconds left_until(watch_pointer self, std::int64_t until) {
  return std::chrono::seconds{until} -
         std::chrono::duration_cast<std::chrono::seconds>(self->state.around.now().time_since_epoch());
}

wall_time wall(std::int64_t seconds) { return wall_time{std::chrono::seconds{seconds}}; }

void look_at_lists(watch_pointer self) {
  auto& state = self->state;
  state.lists_read = self->clock().now();
  net::list_expiry list;
  std::string why;
  if (!net::read_list_expiry(state.around.crl_file, state.cloud->issuers, list, why))
    return judge(self, "revocation_list", {trouble::critical, trouble::critical}, 0s,
                 [&](const auto& news) { return unusable_list_alert(why, news); });
  if (!list.known) return; // then nothing would have been verified, but for a file that was changed since
  judge(self, "revocation_list", due(left_until(self, list.until), list_warning, 0s), 0s,
        [&](const auto& news) {
          return list_alert(state.around.crl_file, list.issuer, wall(list.until), news);
        });
}

} // namespace

void look_at_memory_and_load(watch_pointer self) {
  auto& state = self->state;
  const auto& at = state.around.thresholds;
  if (const auto memory = state.around.memory()) {
    judge(self, "memory", below(percent_of(memory->available, memory->total), at.memory_percent),
          at.memory_lasts, [&](const auto& news) { return memory_alert(*memory, news); });
    if (memory->pressure)
      judge(self, "pressure", above(*memory->pressure, at.pressure_percent), at.pressure_lasts,
            [&](const auto& news) { return pressure_alert(*memory->pressure, news); });
  } else {
    state.meter.count("unreadable");
  }
  if (const auto load = state.around.load())
    judge(self, "load", above(100 * load->last_15_minutes / load->processors, at.load_percent), at.load_lasts,
          [&](const auto& news) { return load_alert(*load, news); });
  else
    state.meter.count("unreadable");
}

void look_at_clock(watch_pointer self) {
  auto& state = self->state;
  const auto& at = state.around.thresholds;
  const auto setting = state.around.clock();
  const auto moved = setting - state.clock.value_or(setting);
  state.clock = setting;
  if (moved > at.clock_forward || -moved > at.clock_back)
    tell_operators(self, clock_alert(moved, state.around.now()));
}

void look_at_rooms(watch_pointer self, const room_readings& rooms) {
  judge_own(self, rooms.own);
  for (const auto& each : rooms.places)
    judge_place(self, each);
  judge_gone(self, rooms);
}

void look_at_trust(watch_pointer self, bool anew) {
  auto& state = self->state;
  if (!state.cloud) return;
  const auto& cloud = *state.cloud;
  judge(self, "certificate", due(left_until(self, cloud.until), certificate_warning, certificate_critical),
        0s, [&](const auto& news) {
          return certificate_alert(state.around.cloud_host, cloud.subject, cloud.own, wall(cloud.until),
                                   news);
        });
  if (!state.around.crl_file.empty() && (anew || self->clock().now() - state.lists_read >= lists_every))
    look_at_lists(self);
}

} // namespace tier2
