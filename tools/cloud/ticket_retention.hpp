#pragma once

#include "messages/error.hpp"
#include "messages/frame.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tier2::cloud {

class database;

/// For how many days tickets are kept: a number for all, and others for machines with a label. Of several
/// labels the longest counts, since what was deleted too early cannot be brought back. 0 is for ever.
class ticket_retention {
public:
  static constexpr std::uint32_t most_days = 3650;
  struct rules {
    std::uint32_t all{};
    std::map<std::string, std::uint32_t> labels;
  };

  explicit ticket_retention(database& facts) : facts_{facts} {}

  result<rules> get();
  /// An empty label: for all. `invalid_argument` for a label that no machine could have, or too many days.
  result<void> set(const std::string& label, std::uint32_t days, const std::string& who, wall_time now);
  /// Machines with this label are as all others again; `not_found` when they are.
  result<void> clear(const std::string& label, const std::string& who, wall_time now);
  /// How many of the stored tickets this rule, or without days the end of the label's rule, would delete at
  /// once that the present ones do not; `invalid_argument` as `set`.
  result<std::uint64_t> deletes(const std::string& label, std::optional<std::uint32_t> days, wall_time now);
  /// When a ticket is deleted; nothing: never, or there is no such ticket.
  result<std::optional<wall_time>> kept_until(std::int64_t number);

private:
  database& facts_;
};

/// SQL for the days that a row of `tickets t` is kept by the rules in that table.
std::string kept_days_sql(const std::string& rules);

} // namespace tier2::cloud
