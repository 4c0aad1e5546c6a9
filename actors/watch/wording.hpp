#pragma once

#include "actors/watch/condition.hpp"
#include "messages/alert.hpp"
#include "platform/readings.hpp"

#include <string>

namespace tier2 {

/// The alerts of `watch`, in words for operators: what is so, what it means, what to do. The labels hold the
/// numbers for programs; `level` is well, warning or critical.

/// What is watched at a path.
std::string disk_key(const std::string& path);
std::string hang_key(const std::string& path);

alert disk_alert(const std::string& path, const room& space, const condition::news& news);
/// It was in trouble and is not mounted any more.
alert gone_alert(const std::string& key, const std::string& path, const condition::news& news);
alert hanging_alert(const std::string& path, const condition::news& news);
alert memory_alert(const memory_reading& memory, const condition::news& news);
alert pressure_alert(double percent, const condition::news& news);
alert load_alert(const load_reading& load, const condition::news& news);
/// `unwritable`: what the last attempt to write said; empty: it went well.
alert state_alert(const std::string& directory, const room& space, const std::string& unwritable,
                  const condition::news& news);

/// `until` of the certificate named `subject`; `own`: the server's, not an authority's.
alert certificate_alert(const std::string& host, const std::string& subject, bool own, wall_time until,
                        const condition::news& news);
alert list_alert(const std::string& file, const std::string& issuer, wall_time until,
                 const condition::news& news);
alert unusable_list_alert(const std::string& why, const condition::news& news);
/// `now` after the clock was moved by that much.
alert clock_alert(std::chrono::milliseconds moved, wall_time now);
alert crash_alert(const std::string& name, const std::string& why, std::uint32_t restarts);
alert helper_alert(const std::string& session, const std::string& names, const std::string& why,
                   std::uint32_t crashes);

} // namespace tier2
