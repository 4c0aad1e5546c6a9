#pragma once

#include "actors/health/latency_histogram.hpp"
#include "messages/frame.hpp"
#include "messages/health.hpp"

#include <chrono>
#include <map>
#include <string>

namespace tier2 {

/// What an actor keeps of itself for its health report. Every handler but the health one begins with
/// `const auto timed = meter.handle();`.
class meter {
public:
  class timing {
  public:
    explicit timing(meter& owner) : owner_(owner), begin_(std::chrono::steady_clock::now()) {}
    ~timing() {
      const auto end = std::chrono::steady_clock::now();
      owner_.latency_.record(std::chrono::duration_cast<std::chrono::microseconds>(end - begin_));
      owner_.last_ = end;
    }
    timing(const timing&) = delete;
    timing& operator=(const timing&) = delete;

  private:
    meter& owner_;
    steady_time begin_;
  };

  timing handle() { return timing{*this}; }
  /// Counts something by reason, above all what was dropped.
  void count(const std::string& reason, std::uint64_t by = 1) { counters_[reason] += by; }
  void set(const std::string& reason, std::uint64_t value) { counters_[reason] = value; }
  void failed(const error& why) { last_error_ = std::string{to_string(why.code)} + ": " + why.what; }

  /// The report; name, restarts and program are added by the health actor.
  actor_health report(std::size_t mailbox) const {
    actor_health all;
    all.state = "up";
    all.mailbox = mailbox;
    all.handled = latency_.total();
    all.last_error = last_error_;
    all.idle_s = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - last_).count());
    all.p50_us = latency_.quantile(0.5);
    all.p99_us = latency_.quantile(0.99);
    all.counters.assign(counters_.begin(), counters_.end());
    return all;
  }

private:
  latency_histogram latency_;
  steady_time last_{std::chrono::steady_clock::now()};
  std::map<std::string, std::uint64_t> counters_;
  std::string last_error_;
};

} // namespace tier2
