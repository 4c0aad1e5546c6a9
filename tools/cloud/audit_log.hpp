#pragma once

#include "messages/digest.hpp"
#include "messages/frame.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace soci {
class session;
}

namespace tier2::cloud {

class database;

/// One line of the audit: who did what to what.
struct audit_entry {
  std::string who; ///< An operator's name, "token:NAME", "agent:ID" or "command line".
  std::string event;
  std::string subject; ///< The id or name of what it is about.
  std::string detail;
};
struct audit_row {
  std::int64_t seq{};
  wall_time at{};
  audit_entry what;
  std::string hash; ///< BLAKE2b-256 of the hash before and the row's canonical JSON, in hex.
};

/// What was done with the machines and by whom. Rows are chained: `hash` of a row is BLAKE2b-256 over the 32
/// bytes of the hash before (zeros for the first) and the row as JSON with the members seq, at, who, event,
/// subject, detail. Whoever edits, removes or inserts a row breaks the chain; whoever can write the whole
/// file can also make a new one, so keep `verify`'s last hash elsewhere.
class audit_log {
public:
  explicit audit_log(database& facts) : facts_{facts} {}

  /// Within a transaction of the caller's, so that what happened and its record are kept together.
  static result<void> append(soci::session& session, const audit_entry& entry, wall_time now);
  result<void> append(const audit_entry& entry, wall_time now);
  /// Newest first, rows below `before` (0: from the newest).
  result<std::vector<audit_row>> list(std::uint32_t limit, std::int64_t before);

  struct verdict {
    std::int64_t rows{};
    std::string last_hash;
    std::optional<std::int64_t> first_wrong; ///< The seq of the first row that does not fit.
  };
  result<verdict> verify();

private:
  database& facts_;
};

} // namespace tier2::cloud
