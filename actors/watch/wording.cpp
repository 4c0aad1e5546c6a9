#include "actors/watch/wording.hpp"

#include "actors/watch/wording_parts.hpp"
#include "messages/printable.hpp"

#include <fmt/format.h>

namespace tier2 {

using namespace wording;

namespace {

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array units{"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < units.size(); ++unit)
    value /= 1024;
  if (unit == 0) return fmt::format("{} bytes", bytes);
  return fmt::format("{:.{}f} {}", value, value < 10 ? 1 : 0, units[unit]);
}

std::uint64_t percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0
             ? 0
             : static_cast<std::uint64_t>(100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

} // namespace

std::string disk_key(const std::string& path) { return "disk:" + shown_path(path); }
std::string hang_key(const std::string& path) { return "hang:" + shown_path(path); }

alert disk_alert(const std::string& path, const room& space, const condition::news& news) {
  const auto shown = shown_path(path);
  auto made = begin(disk_key(path), news);
  made.labels["path"] = shown;
  made.labels["available_bytes"] = std::to_string(space.available);
  made.labels["total_bytes"] = std::to_string(space.total);
  auto facts = fmt::format("{} has {} ({} %) free of {}", shown, bytes_text(space.available),
                           percent(space.available, space.total), bytes_text(space.total));
  if (space.files_total != 0) {
    made.labels["available_files"] = std::to_string(space.files_available);
    if (percent(space.files_available, space.files_total) < percent(space.available, space.total))
      facts += fmt::format(", and can take {} more files ({} %)", space.files_available,
                           percent(space.files_available, space.files_total));
  }
  if (is_well(news)) {
    made.title = fmt::format("{} has room again", shown);
    made.body = facts + ".";
    return made;
  }
  made.title = news.level == trouble::critical ? fmt::format("{} is almost full", shown)
                                               : fmt::format("{} has little room left", shown);
  made.body = facts + "." + still(news) +
              " When nothing is free, programs that write there fail. Remove what is not needed, or give it "
              "more room.";
  return made;
}

alert gone_alert(const std::string& key, const std::string& path, const condition::news& news) {
  auto made = begin(key, news);
  const auto shown = shown_path(path);
  made.labels["path"] = shown;
  made.title = fmt::format("{} is no longer watched", shown);
  made.body =
      fmt::format("{} is not mounted any more, or was taken out of the configuration. What was said of "
                  "it before is void.",
                  shown);
  return made;
}

alert hanging_alert(const std::string& path, const condition::news& news) {
  const auto shown = shown_path(path);
  auto made = begin(hang_key(path), news);
  made.labels["path"] = shown;
  made.title = shown + (is_well(news) ? " answers again" : " does not answer");
  made.body = is_well(news)
                  ? fmt::format("The file system at {} answers again.", shown)
                  : fmt::format("The file system at {} does not say how much room it has.{} Programs that "
                                "use it wait, perhaps for ever. Look at the disk and at the system's "
                                "journal.",
                                shown, still(news));
  return made;
}

alert memory_alert(const memory_reading& memory, const condition::news& news) {
  auto made = begin("memory", news);
  made.labels["available_bytes"] = std::to_string(memory.available);
  made.labels["total_bytes"] = std::to_string(memory.total);
  made.labels["swap_free_bytes"] = std::to_string(memory.swap_free);
  made.labels["swap_total_bytes"] = std::to_string(memory.swap_total);
  auto facts = fmt::format("{} ({} %) of {} memory are available", bytes_text(memory.available),
                           percent(memory.available, memory.total), bytes_text(memory.total));
  facts += memory.swap_total == 0 ? ", and there is no swap"
                                  : fmt::format(", and {} of {} swap are free", bytes_text(memory.swap_free),
                                                bytes_text(memory.swap_total));
  if (is_well(news)) {
    made.title = "There is memory again";
    made.body = facts + ".";
    return made;
  }
  made.title = news.level == trouble::critical ? "Memory is almost used up" : "Memory is short";
  made.body = facts + "." + still(news) +
              " The machine becomes slow, and when nothing is left the system ends programs. See which take "
              "most, end them, or give the machine more.";
  return made;
}

alert pressure_alert(double share, const condition::news& news) {
  auto made = begin("pressure", news);
  made.labels["waiting_percent"] = fmt::format("{:.1f}", share);
  const auto facts = fmt::format("In {:.0f} % of the last minute something waited for memory.", share);
  if (is_well(news)) {
    made.title = "Programs no longer wait for memory";
    made.body = facts;
    return made;
  }
  made.title = "Programs wait for memory";
  made.body =
      facts + still(news) +
      " The machine is slow because it moves memory to and from the disk. See which programs take most, "
      "end them, or give the machine more memory.";
  return made;
}

alert load_alert(const load_reading& load, const condition::news& news) {
  auto made = begin("load", news);
  made.labels["load_15_min"] = fmt::format("{:.2f}", load.last_15_minutes);
  made.labels["processors"] = std::to_string(load.processors);
  const auto facts =
      fmt::format("Over 15 minutes {:.1f} programs wanted to run at a time, {:.1f} for each of {} {}.",
                  load.last_15_minutes, load.last_15_minutes / load.processors, load.processors,
                  load.processors == 1 ? "processor" : "processors");
  if (is_well(news)) {
    made.title = "The machine is no longer overloaded";
    made.body = facts;
    return made;
  }
  made.title = "The machine is overloaded";
  made.body =
      facts + still(news) +
      " Everything takes longer. See which programs run, and whether they wait for a disk or a network.";
  return made;
}

alert state_alert(const std::string& directory, const room& space, const std::string& unwritable,
                  const condition::news& news) {
  auto made = begin("state", news);
  const auto shown = shown_path(directory);
  made.labels["path"] = shown;
  made.labels["available_bytes"] = std::to_string(space.available);
  const auto facts = space.read_only ? fmt::format("The file system of {} is read-only", shown)
                                     : fmt::format("{} of {} are free for {}", bytes_text(space.available),
                                                   bytes_text(space.total), shown);
  const auto why = unwritable.empty() ? std::string{} : " " + printable(unwritable, 500);
  if (is_well(news)) {
    made.title = "The agent can write its own files again";
    made.body = facts + ".";
    return made;
  }
  const auto critical = news.level == trouble::critical;
  made.title = critical ? "The agent cannot write its own files, or soon cannot"
                        : "There is little room for the agent's own files";
  made.body =
      facts + "." + why + still(news) +
      (critical ? " Signed commands are refused, since they could not be remembered, and alerts are lost "
                  "if the agent ends before they are sent."
                : " When it is full, signed commands are refused and alerts may be lost.") +
      " Make room there, or make it writable.";
  return made;
}

} // namespace tier2
