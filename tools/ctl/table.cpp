#include "tools/ctl/table.hpp"

#include "tools/ctl/visible_text.hpp"

#include <algorithm>
#include <iostream>
#include <optional>
#include <sys/ioctl.h>
#include <unistd.h>

namespace tier2::ctl {

namespace {

/// The terminal's width; nothing for a file or pipe.
std::optional<std::size_t> width_of_terminal() {
  if (::isatty(STDOUT_FILENO) != 1) return std::nullopt;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

} // namespace

void print_table(const std::vector<std::vector<std::string>>& rows,
                 const std::vector<yielding_column>& yield) {
  std::vector<std::size_t> widths(rows.empty() ? 0 : rows.front().size());
  for (const auto& each : rows)
    for (std::size_t i = 0; i < widths.size(); ++i)
      widths[i] = std::max(widths[i], columns_of(each.at(i)));
  if (const auto width = width_of_terminal(); width && !widths.empty()) {
    std::size_t all = 2 * (widths.size() - 1);
    for (const auto each : widths)
      all += each;
    for (const auto& [column, least] : yield)
      while (all > *width && widths.at(column) > least) {
        --widths.at(column);
        --all;
      }
  }
  for (const auto& each : rows) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i)
      line += (i == 0 ? "" : "  ") + fit(each[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    std::cout << line << "\n";
  }
}

} // namespace tier2::ctl
