#pragma once

#include <cstddef>
#include <vector>

namespace tier2::bench {

/// Numbers of one kind from one run.
class samples {
public:
  void add(double value) { values_.push_back(value); }
  std::size_t count() const { return values_.size(); }
  double mean() const;
  double median() const { return quantile(0.5); }
  /// The value that the part `q` (0..1) of all is at or below (nearest rank); 0 when there are none.
  double quantile(double q) const;

private:
  std::vector<double> values_;
};

} // namespace tier2::bench
