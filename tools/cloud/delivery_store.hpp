#pragma once

#include "messages/wire/envelope.hpp"
#include "tools/cloud/delivery.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace soci {
class session;
}

namespace tier2::cloud {

/// What happens to deliveries, each function within a transaction of the caller's: many agents answer one
/// command, and what they say is committed together. Every change is also a row of `command_events`, in the
/// order in which it happened, which event streams read.
namespace deliveries {

/// What an agent may have been sent on its link and not answered; a single command may be larger.
inline constexpr std::size_t most_unanswered = 32;
inline constexpr std::size_t most_unanswered_bytes = 256U << 10U;
/// The next of what is due on this link, within those bounds: first what was sent on an earlier link and
/// never answered, then what waits, each in the order in which it was posted. It is `sent` on this link from
/// now on.
struct due {
  uuid command;
  std::string jws;
};
result<std::vector<due>> take_due(soci::session& session, const uuid& agent, link_number link, wall_time now);
/// Whether there may be something for `take_due`.
result<bool> any_due(soci::session& session, const uuid& agent, link_number link);

/// False when there is no such delivery, or it is past that.
result<bool> accept(soci::session& session, const uuid& command, const uuid& agent, wall_time now);
result<bool> reject(soci::session& session, const uuid& command, const uuid& agent, reject_reason reason,
                    const std::string& detail, wall_time now);
enum class finishing : std::uint8_t { finished, known, unknown };
/// `known`: it had ended before, nothing is changed.
result<finishing> finish(soci::session& session, const uuid& command, const uuid& agent,
                         const command_exit& how, wall_time now);

/// What decides about a frame of output.
struct output_account {
  delivery_state state{delivery_state::waiting};
  std::array<std::uint64_t, 2> received{};
  std::uint64_t limit{};
  std::uint64_t pieces{}; ///< Rows in `command_events`.
  bool lost{};
  bool sent{}; ///< Ever.
};
result<std::optional<output_account>> account_of(soci::session& session, const uuid& command,
                                                 const uuid& agent);
/// Bytes that were written from `position` on: extends the row before when that ends there.
result<void> add_output(soci::session& session, const uuid& command, const uuid& agent, output_stream stream,
                        std::uint64_t position, std::uint64_t bytes, output_account& account);
result<void> mark_lost(soci::session& session, const uuid& command, const uuid& agent);

/// What nobody has answered in time. What was sent has `grace` longer, for an answer that is on its way; what
/// was accepted has the time that its command may run from then on, and `accepted_grace`, for its place in
/// the machine's queue and for an exit that waits there for a link.
struct expired {
  std::set<uuid> commands;
  std::set<uuid> agents; ///< Those that have room for more now.
};
result<expired> expire(soci::session& session, wall_time now);
/// Ends all that is open of an agent that was revoked; the commands that changed.
result<std::set<uuid>> end_revoked(soci::session& session, const uuid& agent, wall_time now);
/// What was not sent yet is not sent any more; the number of them.
result<std::size_t> withdraw(soci::session& session, const uuid& command, const std::string& who,
                             wall_time now);
inline constexpr std::chrono::seconds grace{120};
inline constexpr std::chrono::hours accepted_grace{1};

/// Used by posting: appends a state row. `seq` counts from 1 within a command.
void add_state(soci::session& session, const uuid& command, const std::string& agent, delivery_state state);

} // namespace deliveries

} // namespace tier2::cloud
