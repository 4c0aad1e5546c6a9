#include "tools/bench/peer.hpp"

#include "tools/bench/child_process.hpp"

#include <filesystem>
#include <stdexcept>

namespace tier2::bench {

peer_cost run_peer(const std::vector<std::string>& argv, const std::string& display,
                   const std::string& file) {
  const auto start = std::chrono::steady_clock::now();
  child_process program{argv, {{"DISPLAY", display}}};
  const auto ended = program.wait_measured();
  peer_cost cost;
  cost.wall = std::chrono::steady_clock::now() - start;
  cost.cpu = ended.cpu;
  std::error_code missing;
  cost.bytes = std::filesystem::file_size(file, missing);
  if (ended.status != 0 || missing) throw std::runtime_error{argv[0] + " took no picture; is it installed?"};
  std::filesystem::remove(file);
  return cost;
}

} // namespace tier2::bench
