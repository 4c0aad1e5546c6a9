#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tier2::ctl {

/// A column that gives way on a narrow terminal, and what it keeps of its width.
struct yielding_column {
  std::size_t column{}, least{};
};

/// Prints rows (visible text) as columns, the first row being their heads. On a terminal that is too narrow
/// the yielding columns are cut, the first named one first; in a file or pipe rows are whole.
void print_table(const std::vector<std::vector<std::string>>& rows,
                 const std::vector<yielding_column>& yield);

} // namespace tier2::ctl
