#include "platform/linux/facts/processes.hpp"

#include "platform/linux/account.hpp"
#include "platform/linux/facts/text.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>
#include <unistd.h>

namespace tier2::os {

namespace {

constexpr std::chrono::milliseconds between_samples{300};
constexpr std::size_t shown = 8;

std::vector<process_sample> all_processes(std::map<uid_t, std::string>* names) {
  std::vector<process_sample> found;
  std::error_code failed;
  for (auto entry = std::filesystem::directory_iterator{"/proc", failed};
       !failed && entry != std::filesystem::directory_iterator{}; entry.increment(failed)) {
    const auto path = entry->path().string();
    if (!number_of(entry->path().filename().string())) continue;
    const auto stat = read_text(path + "/stat", 4096);
    if (!stat) continue; // it ended meanwhile
    auto sample = parse_stat(*stat);
    if (!sample) continue;
    if (names != nullptr) {
      const auto status = read_text(path + "/status", 16384);
      if (const auto user = status ? effective_user(*status) : std::nullopt) {
        auto [known, fresh] = names->try_emplace(*user);
        if (fresh) known->second = user_name(*user);
        sample->user = known->second;
      }
    }
    found.push_back(std::move(*sample));
  }
  return found;
}

} // namespace

std::optional<process_sample> parse_stat(std::string_view text) {
  // "pid (name) state …": the name may hold blanks and parentheses itself, so its end is the last one.
  const auto open = text.find('('), close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  const auto pid = number_of(trimmed(text.substr(0, open)));
  const auto rest = words_of(trimmed(text.substr(close + 1))); // from field 3 on
  if (!pid || rest.size() < 22) return std::nullopt;
  const auto user = number_of(rest[11]), system = number_of(rest[12]), started = number_of(rest[19]),
             rss = number_of(rest[21]);
  if (!user || !system || !started || !rss) return std::nullopt;
  return process_sample{.pid = static_cast<pid_t>(*pid),
                        .name = std::string{text.substr(open + 1, close - open - 1)},
                        .user = {},
                        .ticks = *user + *system,
                        .started = *started,
                        .rss_pages = *rss};
}

std::string describe_processes(const std::vector<process_sample>& before,
                               const std::vector<process_sample>& after, const sample_units& units,
                               std::size_t count) {
  std::map<std::pair<pid_t, std::uint64_t>, std::uint64_t> earlier;
  for (const auto& each : before)
    earlier[{each.pid, each.started}] = each.ticks;
  struct row {
    const process_sample* of;
    std::uint64_t ticks;
  };
  std::vector<row> rows;
  for (const auto& each : after) {
    const auto known = earlier.find({each.pid, each.started});
    const auto from =
        known == earlier.end() ? 0 : std::min(known->second, each.ticks); // a new one started from nothing
    rows.push_back({&each, each.ticks - from});
  }
  const auto line = [&](const row& each) {
    const auto percent =
        100.0 * static_cast<double>(each.ticks) / static_cast<double>(units.ticks_per_second) / units.seconds;
    char cpu[32];
    static_cast<void>(std::snprintf(cpu, sizeof cpu, "%.0f %%", percent));
    return each.of->name + " (" + std::to_string(each.of->pid) +
           (each.of->user.empty() ? "" : ", " + each.of->user) + "): " + cpu + " CPU, " +
           human_bytes(each.of->rss_pages * units.page_bytes);
  };
  std::string text = std::to_string(after.size()) + " processes\nbusiest just now:";
  std::ranges::stable_sort(rows, std::greater{}, [](const row& each) { return each.ticks; });
  std::size_t listed = 0;
  for (; listed < std::min(count, rows.size()) && rows[listed].ticks > 0; ++listed)
    text += "\n  " + line(rows[listed]);
  if (listed == 0) text += "\n  none";
  text += "\nmost memory:";
  std::ranges::stable_sort(rows, std::greater{}, [](const row& each) { return each.of->rss_pages; });
  for (listed = 0; listed < std::min(count, rows.size()); ++listed)
    text += "\n  " + line(rows[listed]);
  return text;
}

result<std::string> processes() {
  const auto began = std::chrono::steady_clock::now();
  const auto before = all_processes(nullptr);
  std::this_thread::sleep_for(between_samples);
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
  std::map<uid_t, std::string> names;
  const auto after = all_processes(&names);
  if (after.empty()) return fail(errc::permission_denied, "The system does not show its processes.");
  return describe_processes(before, after,
                            {.seconds = passed.count(),
                             .ticks_per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)),
                             .page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))},
                            shown);
}

} // namespace tier2::os
