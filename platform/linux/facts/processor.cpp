#include "platform/linux/facts/processor.hpp"

#include "platform/linux/account.hpp"
#include "platform/linux/facts/text.hpp"

#include <set>
#include <utility>

namespace tier2::os {

result<std::string> describe_processor(std::string_view cpuinfo, std::string_view loadavg) {
  std::size_t threads = 0;
  std::set<std::pair<std::string_view, std::string_view>> cores;
  std::string_view model, package;
  for (const auto line : lines_of(cpuinfo)) {
    const auto at = line.find(':');
    if (at == std::string_view::npos) continue;
    const auto name = trimmed(line.substr(0, at)), value = trimmed(line.substr(at + 1));
    if (name == "processor") ++threads;
    if (name == "physical id") package = value;
    if (name == "core id") cores.insert({package, value});
    if (model.empty() &&
        (name == "model name" || name == "Hardware" || name == "Model" || name == "cpu model"))
      model = value;
  }
  if (threads == 0) return fail(errc::malformed, "The system did not say what processor it has.");
  auto text = std::string{model.empty() ? "A processor that does not tell its name" : model} + "\n";
  const auto count = cores.empty() ? threads : cores.size();
  text += std::to_string(count) + (count == 1 ? " core" : " cores");
  if (count != threads) text += " with " + std::to_string(threads) + " threads";
  if (const auto load = words_of(loadavg); load.size() >= 3)
    text += "\nload " + std::string{load[0]} + ", " + std::string{load[1]} + ", " + std::string{load[2]} +
            " in the last 1, 5 and 15 minutes";
  return text;
}

result<std::string> describe_memory(std::string_view meminfo) {
  const auto bytes_of = [&](std::string_view name) -> std::optional<std::uint64_t> {
    const auto value = value_of(meminfo, name, ':');
    if (!value) return std::nullopt;
    const auto kibibytes = number_of(value->substr(0, value->find(' ')));
    if (!kibibytes || *kibibytes > UINT64_MAX / 1024) return std::nullopt;
    return *kibibytes * 1024;
  };
  const auto total = bytes_of("MemTotal");
  auto available = bytes_of("MemAvailable");
  if (!available) available = bytes_of("MemFree"); // kernels before 3.14
  if (!total || !available) return fail(errc::malformed, "The system did not say how much memory it has.");
  auto text = human_bytes(*available) + " of " + human_bytes(*total) + " free";
  const auto swap = bytes_of("SwapTotal"), swap_free = bytes_of("SwapFree");
  if (!swap || !swap_free || *swap == 0) return text + "\nno swap";
  const auto used = *swap > *swap_free ? *swap - *swap_free : 0;
  return text + "\n" + human_bytes(used) + " of " + human_bytes(*swap) + " swap used";
}

result<std::string> processor() {
  return describe_processor(read_text("/proc/cpuinfo", 4U << 20U).value_or(""),
                            read_text("/proc/loadavg", 256).value_or(""));
}

result<std::string> memory() { return describe_memory(read_text("/proc/meminfo", 65536).value_or("")); }

} // namespace tier2::os
