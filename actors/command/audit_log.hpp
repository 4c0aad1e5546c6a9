#pragma once

#include "actors/command/audit_chain.hpp"

namespace tier2 {

/// Who signed what, when, and how it ended, on the machine itself, and beside it what was refused. Two
/// chains, since anybody who reaches the machine can have something refused, as often as they like: that must
/// not push out what was accepted. Not thread-safe.
class audit_log {
public:
  static constexpr std::size_t max_file_bytes = audit_chain::max_file_bytes;
  static constexpr int old_files = 8, old_refusal_files = 2;

  using fields = audit_chain::fields;

  /// `<directory>/audit.log` and `<directory>/refusals.log`.
  static result<audit_log> open(const std::string& directory, wall_time now);
  /// On the disk when they return.
  result<void> write(wall_time now, std::string_view event, const fields& about) {
    return events_.write(now, event, about);
  }
  result<void> write_refusal(wall_time now, const fields& about) {
    return refusals_.write(now, "rejected", about);
  }

private:
  audit_log(audit_chain events, audit_chain refusals)
      : events_{std::move(events)}, refusals_{std::move(refusals)} {}
  audit_chain events_, refusals_;
};

} // namespace tier2
