#pragma once

#include "messages/error.hpp"
#include "messages/frame.hpp"
#include "messages/uuid.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace tier2 {

enum class alert_severity : std::uint8_t { info, warning, error, critical };
/// As on the wire: "info", "warning", "error", "critical".
std::string_view to_string(alert_severity severity);
/// `malformed` for any other word.
result<alert_severity> parse_alert_severity(std::string_view word);

/// Something that an operator should know (protocol, section 2).
struct alert {
  uuid id;
  alert_severity severity{alert_severity::warning};
  std::string source; ///< Which part noticed it, for example "command".
  std::string title, body;
  wall_time at{};
  std::map<std::string, std::string> labels;
  std::string dedupe_key;     ///< Alerts of one key are about one thing.
  std::uint64_t suppressed{}; ///< Alerts of that key held back since the one before.
  bool operator==(const alert&) const = default;
};

} // namespace tier2
