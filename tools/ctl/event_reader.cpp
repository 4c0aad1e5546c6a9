#include "tools/ctl/event_reader.hpp"

#include <algorithm>

namespace tier2::ctl {

void event_reader::restart() {
  line_.clear();
  name_.clear();
  data_.clear();
  has_data_ = after_return_ = false;
}

result<void> event_reader::feed(std::string_view bytes, const on_event& tell) {
  while (!bytes.empty()) {
    if (after_return_ && bytes.front() == '\n') bytes.remove_prefix(1); // the second half of "\r\n"
    after_return_ = false;
    const auto end = bytes.find_first_of("\r\n");
    line_.append(bytes.substr(0, end));
    if (line_.size() > most_line_bytes)
      return fail(errc::too_large, "The cloud sent a line of more than " + std::to_string(most_line_bytes) +
                                       " bytes, which no cloud of ours does. The stream was given up.");
    if (end == std::string_view::npos) return {};
    after_return_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    const auto line = std::exchange(line_, {});
    if (auto taken = take_line(line, tell); !taken) return taken;
  }
  return {};
}

result<void> event_reader::take_line(std::string_view line, const on_event& tell) {
  if (line.empty()) {
    const stream_event event{last_id_, name_.empty() ? "message" : std::exchange(name_, {}),
                             std::exchange(data_, {})};
    name_.clear();
    return std::exchange(has_data_, false) ? tell(event) : result<void>{};
  }
  const auto colon = line.find(':');
  const auto field = line.substr(0, colon);
  auto value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "event") name_ = value;
  // It goes into a header of the next request, so that it must be harmless there.
  if (field == "id" && value.size() <= most_id_bytes &&
      std::ranges::all_of(value, [](char c) { return c > ' ' && c <= '~'; }))
    last_id_ = value;
  if (field != "data") return {};
  if (data_.size() + value.size() > most_event_bytes)
    return fail(errc::too_large, "The cloud sent an event of more than " + std::to_string(most_event_bytes) +
                                     " bytes, which no cloud of ours does. The stream was given up.");
  if (std::exchange(has_data_, true)) data_ += '\n';
  data_ += value;
  return {};
}

} // namespace tier2::ctl
