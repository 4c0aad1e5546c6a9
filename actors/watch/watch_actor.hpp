#pragma once

#include "actors/actor.hpp"
#include "actors/watch/helper_crashes.hpp"
#include "actors/watch/room_reader.hpp"
#include "actors/watch/watch_list.hpp"
#include "messages/config.hpp"
#include "platform/readings.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tier2 {

struct watch_surroundings {
  thresholds_section thresholds;
  std::string state_directory, cloud_host, crl_file;
  alerting_actor alerting;
  // What tests play.
  std::function<result<memory_reading>()> memory = memory_now;
  std::function<result<load_reading>()> load = load_now;
  std::function<std::chrono::milliseconds()> clock = clock_setting;
  std::function<wall_time()> now = [] { return std::chrono::system_clock::now(); };
  /// Empty: the file systems are asked on a thread.
  std::function<room_readings()> rooms;
};

struct watch_state {
  watch_surroundings around;
  watch_list things;
  room_reader reader;
  helper_crashes helpers;
  std::optional<std::chrono::milliseconds> clock; ///< As it was set at the reading before.
  std::optional<cloud_verified> cloud;
  std::deque<alert> waiting; ///< For `alerting`, in order; the first one may be under way.
  bool sending{};
  bool unsaved{};         ///< What was told is not on the disk yet.
  std::string unwritable; ///< Why the last attempt to write failed.
  steady_time written{}, lists_read{};
  tier2::meter meter;
  static inline const char* name = "watch";
};

using watch_pointer = watch_actor::stateful_pointer<watch_state>;

/// Reads every minute how the machine is, and tells the operators. It writes to the state directory: give it
/// a thread of its own.
watch_actor::behavior_type watch(watch_pointer self, watch_surroundings around);

/// Hands one over to `alerting`, and again while that is away; at most 64 wait.
void tell_operators(watch_pointer self, alert what);
/// Judges what was read; one for each kind of reading.
void look_at_memory_and_load(watch_pointer self);
void look_at_clock(watch_pointer self);
void look_at_rooms(watch_pointer self, const room_readings& rooms);
/// `anew`: the revocation lists' file is read, too, whenever it was read last.
void look_at_trust(watch_pointer self, bool anew);

} // namespace tier2
