#pragma once

#include "messages/alert.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace soci {
class session;
}

namespace tier2::cloud {

class database;
class notify_queue;

struct alert_row {
  std::int64_t seq{};
  uuid agent;
  std::string hostname;
  alert what;
  std::string severity;
  std::string labels; ///< JSON object.
  wall_time received{};
  std::string acknowledged_by; ///< Empty: nobody yet, it is open.
  wall_time acknowledged_at{};
  std::string note;
};

/// Which alerts; all of it together.
struct alert_query {
  alert_severity least{alert_severity::info};
  std::optional<uuid> agent;
  bool open_only{};
  std::string text;      ///< Found in the title, the body, the source or the host name; empty: all.
  std::int64_t before{}; ///< Only those whose `seq` is below it; 0: from the newest.
  std::int64_t after{};  ///< Only those whose `seq` is above it.
  std::uint32_t limit{50};
};
struct alert_list {
  std::vector<alert_row> rows;
  std::int64_t next{}; ///< `before` of the next part, which may be all that there is of this one; 0: the end.
};

/// Alerts of agents, each once.
class alert_store {
public:
  static constexpr std::uint64_t most_a_day = 10000; ///< Of one agent; beyond it they are counted only.
  static constexpr std::size_t most_note_bytes = 1000;
  /// Alerts that one request looks through for a text; then its list has a `next`, however few it found.
  static constexpr std::uint32_t search_depth = 50'000;
  static constexpr std::uint32_t most_acknowledged_at_once = 10'000;
  static constexpr std::uint32_t most_counted = 1000;

  /// `told`: where who is to be told of alerts waits; null: nobody is.
  explicit alert_store(database& facts, notify_queue* told = nullptr) : facts_{facts}, told_{told} {}

  enum class taken : std::uint8_t { stored, known, too_many };
  /// Within a transaction of the caller's; one thread only, which alone calls this.
  result<taken> add(soci::session& session, const uuid& agent, const alert& what, wall_time now);
  /// Newest first.
  result<alert_list> list(const alert_query& query);
  /// Open alerts of at least that severity, of one agent or all; counted up to `most_counted`.
  result<std::uint32_t> count_open(alert_severity least, const std::optional<uuid>& agent);
  /// The alert as it is then; who was first stays. `not_found` when there is no such alert.
  result<alert_row> acknowledge(const uuid& agent, const uuid& id, const std::string& who,
                                const std::string& note, wall_time now);
  struct acknowledged {
    std::uint32_t count{};
    std::int64_t next{}; ///< `before` for what is left; 0: nothing.
  };
  /// All open ones that fit, at most `most_acknowledged_at_once`, in one transaction.
  result<acknowledged> acknowledge_all(alert_query which, const std::string& who, const std::string& note,
                                       wall_time now);

private:
  struct day_count {
    std::int64_t day{};
    std::uint64_t count{};
  };
  database& facts_;
  notify_queue* told_;
  std::map<uuid, day_count> today_;
};

} // namespace tier2::cloud
