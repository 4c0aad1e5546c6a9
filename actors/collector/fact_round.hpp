#pragma once

#include "messages/ticket.hpp"
#include "platform/facts.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tier2 {

/// One round of questions to the machine: which facts are still awaited.
class fact_round {
public:
  fact_round() = default;
  fact_round(std::uint64_t number, const std::vector<fact_source>& sources);

  std::uint64_t number() const { return number_; }
  /// True when this fact was awaited; a late or repeated one is not.
  bool arrived(std::uint64_t round, const std::string& id) {
    return round == number_ && awaited_.erase(id) != 0;
  }
  bool complete() const { return awaited_.empty(); }
  /// The time is up: each missing fact as one that says so. Nothing is awaited any more.
  std::vector<fact> give_up(std::chrono::milliseconds limit);

private:
  std::uint64_t number_{};
  std::map<std::string, std::string> awaited_; ///< Id and title.
};

} // namespace tier2
