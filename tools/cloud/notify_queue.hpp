#pragma once

#include "messages/alert.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace soci {
class session;
}

namespace tier2::cloud {

class database;

/// Who is told of alerts of at least that severity.
struct notify_receiver {
  std::string name;
  alert_severity least{alert_severity::error};
};

/// How it stands with a receiver.
struct receiver_state {
  std::string name;
  std::uint64_t waiting{};
  std::uint64_t sent{};
  std::uint64_t dropped{};  ///< Because too many waited.
  std::uint64_t given_up{}; ///< Because they could not be sent for too long.
  std::uint64_t unsaid{};   ///< Of the last two, those of which the receiver was not told yet.
  wall_time last_sent{};
  wall_time failing_since{}; ///< 1970: the last attempt was fine.
  std::string problem;       ///< Of the last attempt, in words.
};

/// Alerts that wait to be told, one row for each receiver, written with the alert itself. What is taken out
/// was told or given up: whatever ends this program between, it is told again.
class notify_queue {
public:
  static constexpr std::uint64_t most_waiting = 1000; ///< Of a receiver.

  notify_queue(database& facts, std::vector<notify_receiver> receivers)
      : facts_{facts}, receivers_{std::move(receivers)} {}

  const std::vector<notify_receiver>& receivers() const { return receivers_; }
  /// Forgets receivers that are not configured any more. Before all else.
  result<void> open();
  /// Within the transaction of the alert. Where too many wait, it takes the place of one that weighs less.
  result<void> add(soci::session& session, long long alert, alert_severity severity, wall_time now);
  /// Numbers of alerts that are due, in the order in which to tell them.
  result<std::vector<long long>> due(const std::string& receiver, wall_time now, std::uint32_t limit);
  /// When something will be due; nothing when nothing waits.
  result<std::optional<wall_time>> next_due(const std::string& receiver);
  /// They were told, and so was of `unsaid` others that they were lost.
  result<void> sent(const std::string& receiver, const std::vector<long long>& alerts, std::uint64_t unsaid,
                    wall_time now);
  /// They were not told, and each is due again after its own `notify_pause`.
  result<void> failed(const std::string& receiver, const std::vector<long long>& alerts,
                      const std::string& why, wall_time now);
  /// Takes out what has waited since before then; how many.
  result<std::uint64_t> give_up(const std::string& receiver, wall_time before);
  result<receiver_state> state(const std::string& receiver);

private:
  database& facts_;
  std::vector<notify_receiver> receivers_;
};

/// How long the attempt after `attempts` that failed waits: 1 s, doubled each time, at most 5 minutes.
std::chrono::milliseconds notify_pause(std::uint32_t attempts);

} // namespace tier2::cloud
