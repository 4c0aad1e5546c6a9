#pragma once

#include "tools/cloud/recent_map.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>

namespace tier2::cloud {

/// Counts failed sign-ins and says when there were too many. In 15 minutes: 5 for a name from one address, 20
/// from an address. After 100 for a name from anywhere, each address where that name never signed in has one
/// try instead of 5: that slows guessing down, and locks nobody out. An address where the name did sign in
/// keeps its 5, whatever else happened there or elsewhere. IPv6 counts by /64. Not thread-safe.
class sign_in_limit {
public:
  using time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::minutes window{15};
  static constexpr std::size_t most_keys = 20000; ///< Remembered at once; then the oldest are forgotten.
  static constexpr std::size_t most_familiar = 10000;

  /// How long to wait before the next try; zero: now.
  std::chrono::seconds wait(const std::string& name, const std::string& address, time now);
  void failed(const std::string& name, const std::string& address, time now);
  /// Takes back the try that turned out to be right (`failed` is called before the password is looked at),
  /// clears what that name from that address did wrong before, and remembers the two together.
  void succeeded(const std::string& name, const std::string& address);
  /// Takes back a try that was never looked at.
  void take_back(const std::string& name, const std::string& address);

private:
  using failures = std::deque<time>;
  std::size_t count(const std::string& key, time now);
  std::chrono::seconds wait_for(const std::string& key, std::size_t allowed, time now);
  void note(const std::string& key, std::size_t kept, time now);
  void forget_one(const std::string& key);
  struct nothing {};
  recent_map<failures> failures_{most_keys};
  recent_map<nothing> familiar_{most_familiar}; ///< Names with the addresses where they signed in.
};

} // namespace tier2::cloud
