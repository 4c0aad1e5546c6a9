#pragma once

#include "messages/frame.hpp"
#include "messages/thresholds.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

namespace tier2 {

enum class trouble : std::uint8_t { none, warning, critical };

/// What one reading calls for: it raises the trouble to `rises` at least, and lets it fall to `holds` at
/// most. Between the two everything stays as it is.
struct finding {
  trouble rises{trouble::none}, holds{trouble::none};
};

/// Of what is good when there is much of it.
template <class T>
finding below(T value, const threshold_levels<T>& at) {
  const auto judge = [value](T warning, T critical) {
    return value < critical ? trouble::critical : value < warning ? trouble::warning : trouble::none;
  };
  return {judge(at.warning, at.critical), judge(at.warning_clear, at.critical_clear)};
}
/// Of what is bad when there is much of it.
template <class T>
finding above(double value, const threshold_levels<T>& at) {
  const auto judge = [value](double warning, double critical) {
    return value > critical ? trouble::critical : value > warning ? trouble::warning : trouble::none;
  };
  return {judge(at.warning, at.critical), judge(at.warning_clear, at.critical_clear)};
}
inline finding both(finding a, finding b) { return {std::min(a.rises, b.rises), std::min(a.holds, b.holds)}; }
inline finding either(finding a, finding b) {
  return {std::max(a.rises, b.rises), std::max(a.holds, b.holds)};
}

/// One watched thing over time: fed with findings, says when its trouble begins, gets worse or better, lasts
/// on and ends. Given the clock.
class condition {
public:
  struct times {
    std::chrono::seconds lasts{};  ///< So long it has to be so before anything is said, either way.
    std::chrono::seconds repeat{}; ///< What lasts is said again after that.
  };
  /// The same level is not said twice within this: a thing that flaps is said to, and ends with the truth. It
  /// is more than what the flood gate of `alerting` asks for, so that no alert of ours is held back there.
  static constexpr std::chrono::minutes quiet{11};

  /// Something to say.
  struct news {
    trouble level{}, before{}; ///< The same twice: it lasts on.
    std::uint64_t held_back{}; ///< Changes that nobody was told of, since the last news.
  };
  std::optional<news> feed(finding what, steady_time now, const times& at);

  trouble told() const { return told_; }
  /// How long ago that was said.
  std::chrono::seconds told_ago(steady_time now) const;
  /// As if `level` had been said so long ago, by an incarnation before.
  static condition restored(trouble level, std::chrono::seconds ago, steady_time now);

private:
  static constexpr std::size_t levels = 3;
  using time = std::optional<steady_time>;
  void move(finding what, steady_time now, std::chrono::seconds lasts);

  trouble level_{}, told_{};
  std::array<time, levels> up_, down_; ///< Since when each level is reached, or fallen to, without a break.
  std::array<time, levels> said_;      ///< When each was said last.
  std::uint64_t held_back_{};
};

} // namespace tier2
