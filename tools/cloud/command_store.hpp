#pragma once

#include "tools/cloud/delivery.hpp"
#include "tools/cloud/posted_command.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tier2::cloud {

class database;

/// What became of a command that was posted.
struct posting {
  enum class outcome : std::uint8_t {
    taken,    ///< New.
    known,    ///< The same signing input was posted before: nothing is sent again.
    conflict, ///< Its id belongs to another signing input.
    expired,
    no_agent,   ///< The audience names no known, approved agent; `unknown` has the ids.
    too_many,   ///< More agents than one command may have, or too much waits already.
    over_quota, ///< Who posts has posted as much as may be in 24 hours; `again` says when there is room.
  };
  outcome how{outcome::taken};
  std::vector<delivery> deliveries;
  std::vector<std::string> unknown;
  std::vector<linked_agent> send_now; ///< To these, on these links.
  std::chrono::seconds again{};
};

/// What one operator or token may post in 24 hours.
struct posting_limits {
  std::uint64_t commands{20'000};
  std::uint64_t bytes{256ULL << 20U}; ///< Of JWS.
  std::uint64_t deliveries{1'000'000};
};

struct command_row {
  uuid id;
  std::string name, summary, posted_by, kid;
  wall_time posted{}, issued{}, expires{};
  std::map<delivery_state, std::uint64_t> counts;
};
struct whole_command {
  command_row row;
  std::string jws;
  std::vector<delivery> deliveries;
};
struct command_query {
  std::optional<uuid> agent;
  std::optional<bool> open; ///< With, or without, deliveries that have not ended.
  std::uint32_t limit{50};
  std::string before; ///< A cursor of the list before; empty: from the newest.
};
struct command_list {
  std::vector<command_row> rows;
  std::string next; ///< Empty at the end.
};

/// A step of what happened: a state, or bytes of a stream.
struct command_event {
  std::int64_t seq{};
  uuid agent;
  std::optional<output_stream> stream; ///< Nothing: a state.
  delivery_state state{};
  std::uint64_t position{}, bytes{};
};

/// Commands as they were posted, and what is known of their deliveries. From any thread.
class command_store {
public:
  static constexpr std::size_t most_agents = 10000;          ///< Of one command.
  static constexpr std::size_t most_waiting = 200000;        ///< Deliveries that wait, of the fleet.
  static constexpr std::size_t most_waiting_of_one = 100000; ///< Of one who posts.
  static constexpr std::size_t most_waiting_for_agent = 1000;
  static constexpr std::size_t most_waiting_bytes_for_agent = 16U << 20U;
  static constexpr std::chrono::hours longest_hold{
      25};                                  ///< Whatever `exp` says; a day and clocks that differ.
  static constexpr int most_signatures = 8; ///< Over one signing input.

  explicit command_store(database& facts, posting_limits limits = {}) : facts_{facts}, limits_{limits} {}

  /// In one transaction. `link_of`, which is asked while no other writer is at work, tells on which link an
  /// agent is ready (0: none). Where there is one with room, the delivery is `sent` and in `send_now`; for an
  /// agent for whom too much waits it is `expired` at once; else it waits. A new signature over the same
  /// input takes the place of one that was not sent yet or was refused as wrong.
  result<posting> post(const posted_command& command, const std::string& who,
                       const std::function<link_number(const uuid&)>& link_of, wall_time now);
  /// Forgets commands that were posted before then and have ended, the oldest first; their ids.
  result<std::vector<uuid>> remove_ended(wall_time before, std::uint32_t limit);
  /// `invalid_argument` for a cursor that is none.
  result<command_list> list(const command_query& query);
  /// `not_found` when there is none.
  result<whole_command> get(const uuid& command);
  result<bool> exists(const uuid& command);
  result<std::optional<delivery>> find(const uuid& command, const uuid& agent);
  /// `not_found` when there is no such command; else the number of deliveries that are not sent any more.
  result<std::size_t> withdraw(const uuid& command, const std::string& who, wall_time now);
  /// Deliveries that have not ended, of all agents or one.
  result<std::uint64_t> open_deliveries(const uuid& command, const std::optional<uuid>& agent);
  /// From `seq` on, at most `limit`. A row of output may have become longer since it was last read.
  result<std::vector<command_event>> events(const uuid& command, std::int64_t seq, std::uint32_t limit);

private:
  database& facts_;
  posting_limits limits_;
};

} // namespace tier2::cloud
