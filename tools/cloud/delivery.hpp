#pragma once

#include "messages/command.hpp"
#include "messages/frame.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tier2::cloud {

/// Where one command is on its way to one agent. `waiting` and `sent` become `expired` when nothing was
/// heard; what was sent may still be `accepted`, `rejected` or `exited` after that, because that is what
/// happened.
enum class delivery_state : std::uint8_t { waiting, sent, accepted, rejected, exited, expired };
std::string_view to_string(delivery_state state);
delivery_state parse_delivery_state(std::string_view text);
inline bool has_ended(delivery_state state) { return state >= delivery_state::rejected; }

enum class output_stream : std::uint8_t { out, err };
/// "stdout" or "stderr".
std::string_view to_string(output_stream stream);

/// An agent's link as deliveries know it, so that a command is sent once on a link; never 0.
using link_number = std::int64_t;
struct linked_agent {
  uuid agent;
  link_number link{};
};

/// A command at one agent.
struct delivery {
  uuid agent;
  std::string hostname;
  delivery_state state{delivery_state::waiting};
  /// Of a refusal; with `expired`: expired, unanswered, withdrawn, revoked or too_many.
  std::string reason, detail;
  std::optional<command_exit> exit;
  wall_time sent{}, accepted{}, ended{};   ///< 1970: not yet.
  std::array<std::uint64_t, 2> received{}; ///< Where each stream ends so far.
  bool output_lost{};                      ///< There is a gap in what we have.
};

} // namespace tier2::cloud
