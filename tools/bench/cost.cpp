#include "tools/bench/cost.hpp"

#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

namespace tier2::bench {

seconds own_cpu() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return seconds{static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9};
}

seconds cpu_of(pid_t process) {
  const auto directory = "/proc/" + std::to_string(process);
  if (double nanoseconds = 0; std::ifstream{directory + "/schedstat"} >> nanoseconds && nanoseconds > 0)
    return seconds{nanoseconds * 1e-9};
  std::ifstream in{directory + "/stat"};
  std::string line;
  std::getline(in, line);
  std::istringstream fields{
      line.substr(line.rfind(')') + 1)}; // proc(5): state is field 3, utime 14, stime 15
  std::string skipped;
  for (int field = 3; field < 14; ++field)
    fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return seconds{(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK))};
}

} // namespace tier2::bench
