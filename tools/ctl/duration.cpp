#include "tools/ctl/duration.hpp"

#include "messages/printable.hpp"

#include <charconv>

namespace tier2::ctl {

result<std::chrono::seconds> parse_duration(std::string_view text) {
  constexpr std::int64_t most = 366LL * 86400;
  const auto wrong = [&] {
    return fail(errc::invalid_argument,
                "\"" + printable(text, 40) +
                    "\" is no duration; write a whole number with s, m or h, like 15m.");
  };
  std::int64_t number = 0;
  const auto* const last = text.data() + text.size();
  const auto [end, failed] = std::from_chars(text.data(), last, number);
  const std::string_view unit{end, static_cast<std::size_t>(last - end)};
  std::int64_t factor = 0;
  if (unit.empty() || unit == "s") factor = 1;
  if (unit == "m") factor = 60;
  if (unit == "h") factor = 3600;
  if (failed != std::errc{} || factor == 0 || number < 1 || number > most / factor) return wrong();
  return std::chrono::seconds{number * factor};
}

} // namespace tier2::ctl
