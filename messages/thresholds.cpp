#include "messages/thresholds.hpp"

#include "messages/config_reader.hpp"

#include <algorithm>

namespace tier2 {

namespace {

using namespace std::chrono_literals;

std::string mount_point(std::string_view path) {
  return path.starts_with('/') ? "" : "must hold absolute paths.";
}

/// The names of the four levels, for example "disk_warning_clear_percent".
struct level_keys {
  std::string warning, warning_clear, critical, critical_clear;
  level_keys(const std::string& thing, const std::string& unit)
      : warning(thing + "_warning_" + unit), warning_clear(thing + "_warning_clear_" + unit),
        critical(thing + "_critical_" + unit), critical_clear(thing + "_critical_clear_" + unit) {}
};

/// Little is bad. critical <= critical_clear <= warning_clear, critical <= warning <= warning_clear.
template <class T>
void read_floor(config_reader::section& section, const level_keys& keys, threshold_levels<T>& at, T most) {
  const auto usual = at;
  section.number<T>(keys.warning.c_str(), at.warning, 0, most);
  at.warning_clear = std::min<T>(most, at.warning + (usual.warning_clear - usual.warning));
  section.number<T>(keys.warning_clear.c_str(), at.warning_clear, at.warning, most);
  at.critical = std::min(at.critical, at.warning);
  section.number<T>(keys.critical.c_str(), at.critical, 0, at.warning);
  at.critical_clear = std::min<T>(at.warning_clear, at.critical + (usual.critical_clear - usual.critical));
  section.number<T>(keys.critical_clear.c_str(), at.critical_clear, at.critical, at.warning_clear);
}

/// Much is bad: the same in the mirror.
void read_ceiling(config_reader::section& section, const level_keys& keys,
                  threshold_levels<std::uint32_t>& at, std::uint32_t most) {
  const auto usual = at;
  section.number(keys.warning.c_str(), at.warning, 1U, most);
  at.warning_clear = std::max(1U, at.warning - std::min(at.warning, usual.warning - usual.warning_clear));
  section.number(keys.warning_clear.c_str(), at.warning_clear, 1U, at.warning);
  at.critical = std::max(at.critical, at.warning);
  section.number(keys.critical.c_str(), at.critical, at.warning, most);
  at.critical_clear =
      std::max(at.warning_clear, at.critical - std::min(at.critical, usual.critical - usual.critical_clear));
  section.number(keys.critical_clear.c_str(), at.critical_clear, at.warning_clear, at.critical);
}

} // namespace

void read_thresholds(config_reader& reader, thresholds_section& thresholds) {
  auto section = reader.in("thresholds");
  section.duration<std::chrono::seconds>("interval_s", thresholds.interval, 1s, 1h);
  section.duration<std::chrono::seconds>("repeat_s", thresholds.repeat, 10min, 24h * 30);

  read_floor(section, {"disk", "percent"}, thresholds.disk_percent, 100U);
  read_floor(section, {"disk", "bytes"}, thresholds.disk_bytes, std::uint64_t{1} << 52U);
  section.duration<std::chrono::seconds>("disk_lasts_s", thresholds.disk_lasts, 0s, 24h);
  section.texts("disk_also", thresholds.disk_also, mount_point);
  section.texts("disk_except", thresholds.disk_except, mount_point);

  read_floor(section, {"memory", "percent"}, thresholds.memory_percent, 100U);
  section.duration<std::chrono::seconds>("memory_lasts_s", thresholds.memory_lasts, 0s, 24h);
  read_ceiling(section, {"pressure", "percent"}, thresholds.pressure_percent, 100U);
  section.duration<std::chrono::seconds>("pressure_lasts_s", thresholds.pressure_lasts, 0s, 24h);
  read_ceiling(section, {"load", "percent"}, thresholds.load_percent, 1'000'000U);
  section.duration<std::chrono::seconds>("load_lasts_s", thresholds.load_lasts, 0s, 24h);

  section.duration<std::chrono::seconds>("clock_forward_s", thresholds.clock_forward, 1s, 24h);
  section.duration<std::chrono::seconds>("clock_back_s", thresholds.clock_back, 1s, 24h);
}

} // namespace tier2
