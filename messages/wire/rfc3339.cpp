#include "messages/wire/manifest.hpp"

#include <algorithm>
#include <chrono>

namespace tier2::wire {

namespace {

using namespace std::chrono;

// system_clock counts nanoseconds in 64 bits, which reach from 1677 to 2262: whole years, none before the
// epoch.
constexpr int first_year = 1970;
constexpr int last_year = 2261;
constexpr sys_time<milliseconds> earliest{sys_days{year{first_year} / 1 / 1}};
constexpr sys_time<milliseconds> latest{sys_days{year{last_year + 1} / 1 / 1} - milliseconds{1}};

void append_digits(std::string& to, std::int64_t value, int digits) {
  std::string text(static_cast<std::size_t>(digits), '0');
  for (auto at = text.rbegin(); at != text.rend(); ++at, value /= 10)
    *at = static_cast<char>('0' + value % 10);
  to += text;
}

/// Reads from left to right; after the first mistake everything fails.
struct scanner {
  std::string_view left;
  bool good{true};

  int digits(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count && good; ++i) {
      good = i < left.size() && left[i] >= '0' && left[i] <= '9';
      if (good) value = value * 10 + (left[i] - '0');
    }
    if (good) left.remove_prefix(count);
    return value;
  }
  bool skip(char wanted) {
    const bool there = good && !left.empty() && left.front() == wanted;
    if (there) left.remove_prefix(1);
    return there;
  }
  void expect(char wanted) { good = skip(wanted); }
};

} // namespace

std::string to_rfc3339(wall_time at) {
  const auto clamped = std::clamp(floor<milliseconds>(at), earliest, latest);
  const auto day = floor<days>(clamped);
  const year_month_day date{day};
  const hh_mm_ss time{clamped - day};
  std::string text;
  append_digits(text, static_cast<int>(date.year()), 4);
  text += '-';
  append_digits(text, static_cast<unsigned>(date.month()), 2);
  text += '-';
  append_digits(text, static_cast<unsigned>(date.day()), 2);
  text += 'T';
  append_digits(text, time.hours().count(), 2);
  text += ':';
  append_digits(text, time.minutes().count(), 2);
  text += ':';
  append_digits(text, time.seconds().count(), 2);
  text += '.';
  append_digits(text, time.subseconds().count(), 3);
  text += 'Z';
  return text;
}

result<wall_time> parse_rfc3339(std::string_view text) {
  scanner scan{text};
  const auto years = scan.digits(4);
  scan.expect('-');
  const auto months = scan.digits(2);
  scan.expect('-');
  const auto month_days = scan.digits(2);
  scan.expect('T');
  const auto hour = scan.digits(2);
  scan.expect(':');
  const auto minute = scan.digits(2);
  scan.expect(':');
  const auto second = scan.digits(2);
  int millisecond = 0;
  if (scan.skip('.')) {
    std::size_t digits = 0;
    while (digits < scan.left.size() && scan.left[digits] >= '0' && scan.left[digits] <= '9')
      ++digits;
    if (digits < 1 || digits > 9) scan.good = false;
    std::string fraction{scan.left.substr(0, std::min<std::size_t>(digits, 3))};
    fraction.resize(3, '0');
    if (scan.good) millisecond = scanner{fraction}.digits(3);
    scan.left.remove_prefix(digits);
  }
  scan.expect('Z');
  const year_month_day date{year{years}, month{static_cast<unsigned>(months)},
                            day{static_cast<unsigned>(month_days)}};
  if (!scan.good || !scan.left.empty() || !date.ok() || hour > 23 || minute > 59 || second > 59)
    return fail(errc::malformed, "This is not a time: expected UTC like 2026-01-02T03:04:05.678Z.");
  if (years < first_year || years > last_year)
    return fail(errc::malformed, "This time is out of range: years from 1970 to 2261 are understood.");
  return sys_days{date} + hours{hour} + minutes{minute} + seconds{second} + milliseconds{millisecond};
}

} // namespace tier2::wire
