#include "actors/keystore/hardware_rules.hpp"

#include "platform/crypto/digest.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace tier2 {

namespace {

std::string folded(std::string_view text) {
  std::string kept;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') kept += static_cast<char>(c + ('a' - 'A'));
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) kept += c;
  }
  return kept;
}

hardware_verdict compare_lists(const std::vector<serial_number>& known,
                               const std::vector<serial_number>& now) {
  if (known.empty() || known == now) return hardware_verdict::same;
  const auto is_there = [&](const serial_number& each) { return std::ranges::find(now, each) != now.end(); };
  // One disk of several may be replaced without it being another machine.
  if (std::ranges::any_of(known, is_there)) return hardware_verdict::same;
  const auto has_successor = [&](const serial_number& each) {
    return std::ranges::any_of(now, [&](const serial_number& other) { return other.source == each.source; });
  };
  return std::ranges::any_of(known, has_successor) ? hardware_verdict::changed : hardware_verdict::unknown;
}

} // namespace

bool is_placeholder(std::string_view serial) {
  constexpr std::array<std::string_view, 19> known{"none",
                                                   "notspecified",
                                                   "notapplicable",
                                                   "na",
                                                   "unknown",
                                                   "default",
                                                   "defaultstring",
                                                   "defaultvalue",
                                                   "empty",
                                                   "invalid",
                                                   "serialnumber",
                                                   "systemserialnumber",
                                                   "baseboardserialnumber",
                                                   "chassisserialnumber",
                                                   "tobefilledbyoem",
                                                   "tobefilled",
                                                   "123456789",
                                                   "1234567890",
                                                   "0123456789"};
  const auto text = folded(serial);
  if (text.empty() || std::ranges::find(known, text) != known.end()) return true;
  return std::ranges::all_of(text, [&](char c) { return c == text.front(); });
}

hardware real_serials(hardware found) {
  const auto clean = [](std::vector<serial_number>& list) {
    std::erase_if(list, [](const serial_number& each) { return is_placeholder(each.text); });
  };
  clean(found.boards);
  clean(found.disks);
  return found;
}

digest digest_of(std::vector<serial_number> serials) {
  if (serials.empty()) return {};
  std::vector<std::string> lines;
  lines.reserve(serials.size());
  for (auto& each : serials)
    lines.push_back(std::move(each.source.append(":").append(each.text).append("\n")));
  std::ranges::sort(lines);
  std::string all;
  for (const auto& each : lines)
    all += each;
  return blake2b_256(all);
}

hardware_verdict compare(const hardware& known, const hardware& now) {
  const auto board = compare_lists(known.boards, now.boards);
  const auto disk = compare_lists(known.disks, now.disks);
  if (board == hardware_verdict::changed || disk == hardware_verdict::changed)
    return hardware_verdict::changed;
  if (board == hardware_verdict::unknown || disk == hardware_verdict::unknown)
    return hardware_verdict::unknown;
  return hardware_verdict::same;
}

} // namespace tier2
