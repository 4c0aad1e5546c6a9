#pragma once

#include "tools/cloud/alert_store.hpp"

namespace tier2::cloud {

/// What fits a query, by `seq`, newest first.
struct found_alerts {
  std::vector<long long> seqs; ///< At most the query's limit.
  long long next{};            ///< Where to go on; 0: at the end.
};
found_alerts find_alerts(soci::session& session, const alert_query& query);

/// Nothing when there is none.
std::optional<alert_row> read_alert(soci::session& session, long long seq);

} // namespace tier2::cloud
