#pragma once

#include "messages/frame.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tier2 {

/// Lets one of a kind through in each interval and counts the others.
class flood_gate {
public:
  static constexpr std::size_t max_kinds = 1024;

  explicit flood_gate(std::chrono::seconds interval) : interval_{interval} {}
  /// How many of this kind were held back since the last that was let through; nothing when this one is held
  /// back too.
  std::optional<std::uint64_t> admit(const std::string& kind, steady_time now) {
    if (kinds_.size() >= max_kinds && !kinds_.contains(kind))
      std::erase_if(kinds_, [&](const auto& each) { return now - each.second.last >= interval_; });
    // Whoever makes up kinds cannot make us remember them all: beyond the bound they are one.
    auto& known = kinds_[kinds_.size() < max_kinds || kinds_.contains(kind) ? kind : std::string{}];
    if (known.used && now - known.last < interval_) {
      ++known.held;
      return std::nullopt;
    }
    const auto held = known.held;
    known = {true, now, 0};
    return held;
  }

private:
  struct kind_state {
    bool used{};
    steady_time last{};
    std::uint64_t held{};
  };
  std::chrono::seconds interval_;
  std::map<std::string, kind_state> kinds_;
};

} // namespace tier2
