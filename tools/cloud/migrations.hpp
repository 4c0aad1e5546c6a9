#pragma once

#include "messages/error.hpp"

#include <soci/session.h>
#include <string>

namespace tier2::cloud {

/// The schema that this program writes.
int schema_version();

/// Brings the schema from whatever it is to `schema_version()`, in numbered steps. The caller holds the
/// transaction, so that a database is either at a version or was never touched. `unsupported` when it is
/// newer than we are.
result<void> migrate(soci::session& session, const std::string& name);

} // namespace tier2::cloud
