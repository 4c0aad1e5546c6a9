#pragma once

#include "actors/watch/condition.hpp"
#include "messages/error.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tier2 {

/// All watched things by key. What is in trouble is known again after a restart: as a text, JSON,
/// {"version": 1, "troubles": [{"key", "level", "said_at"}]} with seconds since 1970. Given the clocks.
class watch_list {
public:
  static constexpr std::size_t max_things = 256;
  static constexpr std::size_t max_text_bytes = 256U << 10U;

  /// When there are too many, what is well and has nothing to tell is forgotten; if nothing is, the new one
  /// is not watched, which `left_out` counts.
  std::optional<condition::news> feed(const std::string& key, finding what, steady_time now,
                                      const condition::times& at);
  /// The keys of what is told to be in trouble, that begin so.
  std::vector<std::string> in_trouble(std::string_view prefix = {}) const;
  /// As if it had never been.
  void forget(const std::string& key) { things_.erase(key); }
  std::uint64_t left_out() const { return left_out_; }

  std::string save(steady_time now, wall_time today) const;
  /// `malformed`; a time of the future counts as now.
  static result<watch_list> load(std::string_view text, steady_time now, wall_time today);

private:
  std::map<std::string, condition> things_;
  std::uint64_t left_out_{};
};

} // namespace tier2
