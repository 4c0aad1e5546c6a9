#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <string>

namespace tier2::cloud {

/// Counts failed sign-ins and says when there were too many: in 15 minutes 5 for a name from one address, 20
/// from an address, 100 for a name from anywhere (so that a stranger cannot easily lock an operator out). Not
/// thread-safe.
class sign_in_limit {
public:
  using time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::minutes window{15};
  static constexpr std::size_t most_keys = 20000; ///< Remembered at once; then the oldest are forgotten.

  /// How long to wait before the next try; zero: now.
  std::chrono::seconds wait(const std::string& name, const std::string& address, time now);
  void failed(const std::string& name, const std::string& address, time now);
  /// Takes back the try that turned out to be right (`failed` is called before the password is looked at),
  /// and clears what that name from that address did wrong before.
  void succeeded(const std::string& name, const std::string& address);

private:
  using failures = std::deque<time>;
  std::chrono::seconds wait_for(const std::string& key, std::size_t allowed, time now);
  void note(const std::string& key, std::size_t allowed, time now);
  std::map<std::string, failures> failures_;
};

} // namespace tier2::cloud
