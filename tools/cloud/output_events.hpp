#pragma once

#include "tools/cloud/api_parts.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tier2::cloud {

/// Where an event stream is: in the row `seq` of the command's events, `done` of it was told. As text
/// "<seq>-<done>", which is what `Last-Event-ID` holds.
struct event_position {
  std::int64_t seq{};
  std::uint64_t done{};
};
std::string to_string(const event_position& at);
/// Nothing for what we never wrote.
std::optional<event_position> parse_event_position(const std::string& text);

/// How many bytes at the end of `bytes` begin a UTF-8 character that is not whole yet (0 to 3).
std::size_t unfinished_character(std::string_view bytes);

/// Makes the events of one stream, piece by piece, from what is stored. It keeps nothing but its position, so
/// that a stream that goes on later says the same: a character that is cut is held back until it is whole or
/// the output ends, and what is held back follows from the bytes alone.
class output_events {
public:
  output_events(const api_parts& parts, const uuid& command, std::optional<uuid> agent, event_position from)
      : parts_{parts}, command_{command}, agent_{agent}, at_{from} {}

  struct piece {
    std::string text; ///< Whole events.
    bool end{};       ///< All has been told: the last event is `end`.
  };
  /// What is next; no text when nothing is new.
  result<piece> next();

private:
  /// True when the row is finished with for now.
  result<void> tell_output(const command_event& row, std::string& into);
  result<void> tell_state(const command_event& row, std::string& into);
  result<std::uint64_t> held_back(const uuid& agent, output_stream stream, std::uint64_t position) const;
  result<void> tell_bytes(const uuid& agent, output_stream stream, std::uint64_t from, std::uint64_t to,
                          std::string& into);

  const api_parts& parts_;
  uuid command_;
  std::optional<uuid> agent_;
  event_position at_;
};

} // namespace tier2::cloud
