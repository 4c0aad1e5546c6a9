#include "platform/linux/facts/text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace tier2::os {

std::string human_bytes(std::uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
  constexpr const char* units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1023.95 && unit + 1 < std::size(units)) { // what would be written as 1024.0
    value /= 1024;
    ++unit;
  }
  char text[32];
  static_cast<void>(std::snprintf(text, sizeof text, "%.1f %s", value, units[unit]));
  return text;
}

std::string human_duration(std::uint64_t seconds) {
  struct part {
    std::uint64_t length;
    const char* name;
  };
  constexpr part parts[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}};
  std::string text;
  for (const auto& each : parts) {
    const auto count = seconds / each.length;
    seconds %= each.length;
    if (count == 0) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + each.name + (count == 1 ? "" : "s");
  }
  return text.empty() ? "less than a minute" : text;
}

std::string human_time(std::int64_t seconds) {
  const auto when = static_cast<std::time_t>(seconds);
  std::tm parts{};
  char text[64];
  if (::gmtime_r(&when, &parts) == nullptr ||
      std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts) == 0)
    return "an unknown time";
  return text;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (auto at = line.find_first_not_of(" \t"); at != std::string_view::npos;) {
    const auto end = line.find_first_of(" \t", at);
    words.push_back(line.substr(at, end - at));
    at = end == std::string_view::npos ? end : line.find_first_not_of(" \t", end);
  }
  return words;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::string_view> value_of(std::string_view text, std::string_view name, char separator) {
  for (const auto line : lines_of(text)) {
    const auto at = line.find(separator);
    if (at != std::string_view::npos && trimmed(line.substr(0, at)) == name)
      return trimmed(line.substr(at + 1));
  }
  return std::nullopt;
}

namespace {

/// Bytes of the character that the text begins with, 0 when it is none (RFC 3629 section 4).
std::size_t character_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
    return at(i) >= low && at(i) <= high;
  };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef)
    return follows(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf) && follows(2) ? 3 : 0;
  if (first >= 0xf0 && first <= 0xf4)
    return follows(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf) && follows(2) && follows(3)
               ? 4
               : 0;
  return 0;
}

} // namespace

std::string presentable(std::string_view text, std::size_t max_bytes) {
  constexpr std::string_view cut = "\n(cut here)";
  std::string clean;
  clean.reserve(std::min(text.size(), max_bytes));
  std::size_t room_for_cut = 0; // how much of it leaves room for the words that say so
  while (!text.empty()) {
    const auto length = character_length(text);
    const auto first = static_cast<unsigned char>(text.front());
    const bool control = length == 1 && ((first < 0x20 && first != '\n') || first == 0x7f);
    // C1 controls are the two-byte characters U+0080 to U+009F.
    const bool high_control = length == 2 && first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
    const auto taken = length == 0 ? std::string_view{"?"} : text.substr(0, length);
    const auto shown = control        ? (first == '\t'   ? " "
                                         : first == '\r' ? ""
                                                         : "?")
                       : high_control ? "?"
                                      : taken;
    if (clean.size() + shown.size() > max_bytes) {
      clean.resize(room_for_cut);
      return clean.append(cut.substr(0, max_bytes - room_for_cut));
    }
    clean += shown;
    if (clean.size() + cut.size() <= max_bytes) room_for_cut = clean.size();
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return clean;
}

} // namespace tier2::os
