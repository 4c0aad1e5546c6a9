#include "tools/cloud/output_events.hpp"

#include "messages/wire/json.hpp"
#include "tools/cloud/command_json.hpp"

#include <algorithm>
#include <charconv>
#include <sodium.h>

namespace tier2::cloud {

namespace {

constexpr std::uint64_t most_bytes_of_event = 32U << 10U;
constexpr std::size_t most_bytes_of_piece = 256U << 10U;
constexpr std::uint32_t rows_at_once = 200;
constexpr std::uint64_t longest_unfinished = 3;
// Steps of a state row: what was held back of stdout, of stderr, then the state itself.
constexpr std::uint64_t state_told = 3;

void add_event(std::string& into, const event_position& at, std::string_view name, const ordered_json& data) {
  into += "id: " + to_string(at) + "\nevent: ";
  into += name;
  into += "\ndata: " + data.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n\n";
}

std::string base64(std::string_view bytes) {
  constexpr int variant = sodium_base64_VARIANT_ORIGINAL;
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), variant);
  text.pop_back(); // the terminating zero
  return text;
}

std::uint64_t whole_of(const command_event& row) { return row.stream ? row.bytes : state_told; }

/// The delivery as it was at that state: what came later is told later.
void wind_back(delivery& one, delivery_state to) {
  if (one.state == to) return;
  one.state = to;
  one.exit.reset();
  one.reason.clear();
  one.detail.clear();
  if (!has_ended(to)) one.ended = {};
  if (to < delivery_state::accepted) one.accepted = {};
  if (to < delivery_state::sent) one.sent = {};
}

} // namespace

std::string to_string(const event_position& at) {
  return std::to_string(at.seq) + "-" + std::to_string(at.done);
}

std::optional<event_position> parse_event_position(const std::string& text) {
  event_position at;
  const char* const last = text.data() + text.size();
  const auto [dash, wrong] = std::from_chars(text.data(), last, at.seq);
  if (wrong != std::errc{} || dash == last || *dash != '-' || at.seq < 0) return std::nullopt;
  const auto [end, also_wrong] = std::from_chars(dash + 1, last, at.done);
  if (also_wrong != std::errc{} || end != last || to_string(at) != text) return std::nullopt;
  return at;
}

std::size_t unfinished_character(std::string_view bytes) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(bytes.size(), longest_unfinished); ++back) {
    const auto byte = static_cast<unsigned char>(bytes[bytes.size() - back]);
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue; // goes on a character
    const std::size_t length = byte >= 0xf0 && byte < 0xf5 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 0;
    return byte < 0xf5 && length > back ? back : 0;
  }
  return 0;
}

result<std::uint64_t> output_events::held_back(const uuid& agent, output_stream stream,
                                               std::uint64_t position) const {
  const auto back = std::min(position, longest_unfinished);
  if (back == 0) return 0;
  const auto bytes = parts_.output.read(command_, agent, stream, position - back, back);
  if (!bytes) return tl::unexpected(bytes.error());
  return unfinished_character(*bytes);
}

result<void> output_events::tell_bytes(const uuid& agent, output_stream stream, std::uint64_t from,
                                       std::uint64_t to, std::string& into) {
  const auto bytes = parts_.output.read(command_, agent, stream, from, static_cast<std::size_t>(to - from));
  if (!bytes) return tl::unexpected(bytes.error());
  ordered_json data{{"agent", to_string(agent)}, {"stream", to_string(stream)}, {"offset", from}};
  if (wire::valid_utf8(*bytes, bytes->size()) == *bytes)
    data["text"] = *bytes;
  else
    data["base64"] = base64(*bytes);
  add_event(into, at_, "output", data);
  return {};
}

result<void> output_events::tell_output(const command_event& row, std::string& into) {
  while (at_.done < row.bytes && into.size() < most_bytes_of_piece) {
    const std::uint64_t from = row.position + at_.done;
    const std::uint64_t to = from + std::min(row.bytes - at_.done, most_bytes_of_event);
    const auto before = held_back(row.agent, *row.stream, from);
    if (!before) return tl::unexpected(before.error());
    const auto kept = held_back(row.agent, *row.stream, to);
    if (!kept) return tl::unexpected(kept.error());
    at_.done = to - row.position;
    if (to - *kept <= from - *before) continue;
    if (auto told = tell_bytes(row.agent, *row.stream, from - *before, to - *kept, into); !told) return told;
  }
  return {};
}

result<void> output_events::tell_state(const command_event& row, std::string& into) {
  const auto found = parts_.commands.find(command_, row.agent);
  if (!found) return tl::unexpected(found.error());
  if (!*found) {
    at_.done = state_told;
    return {};
  }
  delivery one = **found;
  while (at_.done < state_told - 1) {
    const auto stream = static_cast<output_stream>(at_.done);
    const auto end = one.received.at(static_cast<std::size_t>(stream));
    ++at_.done;
    if (!has_ended(row.state)) continue;
    const auto kept = held_back(row.agent, stream, end);
    if (!kept) return tl::unexpected(kept.error());
    if (*kept == 0) continue;
    if (auto told = tell_bytes(row.agent, stream, end - *kept, end, into); !told) return told;
  }
  at_.done = state_told;
  wind_back(one, row.state);
  add_event(into, at_, "state", to_json(one));
  return {};
}

result<output_events::piece> output_events::next() {
  // Asked before the events are read: what is read then includes the last of them.
  const auto open = parts_.commands.open_deliveries(command_, agent_);
  if (!open) return tl::unexpected(open.error());
  piece made;
  while (true) {
    const auto rows = parts_.commands.events(command_, at_.seq, rows_at_once);
    if (!rows) return tl::unexpected(rows.error());
    for (const auto& row : *rows) {
      if (row.seq > at_.seq) at_ = {row.seq, 0};
      if (agent_ && row.agent != *agent_) at_.done = whole_of(row);
      if (at_.done >= whole_of(row)) continue;
      auto told = row.stream ? tell_output(row, made.text) : tell_state(row, made.text);
      if (!told) return tl::unexpected(told.error());
      if (made.text.size() >= most_bytes_of_piece) return made;
    }
    if (rows->size() < rows_at_once) break;
  }
  if (*open != 0) return made;
  add_event(made.text, at_, "end", ordered_json::object());
  made.end = true;
  return made;
}

} // namespace tier2::cloud
