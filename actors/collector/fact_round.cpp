#include "actors/collector/fact_round.hpp"

#include <fmt/format.h>

namespace tier2 {

fact_round::fact_round(std::uint64_t number, const std::vector<fact_source>& sources) : number_(number) {
  for (const auto& each : sources)
    awaited_.emplace(each.id, each.title);
}

std::vector<fact> fact_round::give_up(std::chrono::milliseconds limit) {
  std::vector<fact> missing;
  missing.reserve(awaited_.size());
  for (const auto& [id, title] : awaited_)
    missing.push_back({id,
                       title,
                       {},
                       fmt::format("There was no answer within {:.1f} seconds.",
                                   static_cast<double>(limit.count()) / 1000.0)});
  awaited_.clear();
  return missing;
}

} // namespace tier2
