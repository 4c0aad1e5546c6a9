#include "actors/command/audit_log.hpp"

namespace tier2 {

result<audit_log> audit_log::open(const std::string& directory, wall_time now) {
  auto events = audit_chain::open(directory + "/audit.log", old_files, now);
  if (!events) return tl::unexpected(events.error());
  auto refusals = audit_chain::open(directory + "/refusals.log", old_refusal_files, now);
  if (!refusals) return tl::unexpected(refusals.error());
  return audit_log{std::move(*events), std::move(*refusals)};
}

} // namespace tier2
