#include "tools/cloud/migrations.hpp"

#include <array>
#include <soci/soci.h>
#include <string_view>

namespace tier2::cloud {

namespace {

// A step, once released, is never changed: a new one is added behind it.
constexpr std::string_view step_1 = R"sql(
CREATE TABLE agents (
  id TEXT PRIMARY KEY,
  key_digest TEXT NOT NULL,
  hostname TEXT NOT NULL,
  os TEXT NOT NULL,
  arch TEXT NOT NULL,
  version TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'revoked')),
  first_seen BIGINT NOT NULL,
  last_seen BIGINT NOT NULL
);
CREATE TABLE enrolment_tokens (
  token_digest TEXT PRIMARY KEY,
  uses_left INTEGER NOT NULL CHECK (uses_left >= 0),
  expires BIGINT NOT NULL
);
CREATE TABLE operators (
  name TEXT PRIMARY KEY,
  password_hash TEXT NOT NULL,
  created BIGINT NOT NULL
);
CREATE TABLE sessions (
  token_digest TEXT PRIMARY KEY,
  operator TEXT NOT NULL REFERENCES operators (name) ON DELETE CASCADE,
  expires BIGINT NOT NULL,
  last_used BIGINT NOT NULL
);
CREATE TABLE sign_ins (
  at BIGINT NOT NULL,
  operator TEXT NOT NULL,
  address TEXT NOT NULL,
  outcome TEXT NOT NULL
);
CREATE INDEX sign_ins_at ON sign_ins (at);
CREATE TABLE tickets (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  agent TEXT NOT NULL REFERENCES agents (id),
  account TEXT NOT NULL,
  ticket TEXT NOT NULL,
  manifest TEXT NOT NULL,
  manifest_digest TEXT NOT NULL,
  consent_mode TEXT NOT NULL CHECK (consent_mode IN ('asked', 'policy')),
  consent_at BIGINT NOT NULL,
  origin_user TEXT NOT NULL,
  origin_session TEXT NOT NULL,
  opened BIGINT NOT NULL,
  received BIGINT NOT NULL,
  host TEXT NOT NULL,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  message TEXT NOT NULL,
  urgency TEXT NOT NULL,
  pictures INTEGER NOT NULL,
  UNIQUE (agent, account, ticket)
);
CREATE INDEX tickets_received ON tickets (received);
CREATE TABLE ticket_parts (
  ticket INTEGER NOT NULL REFERENCES tickets (number),
  part INTEGER NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  content_digest TEXT NOT NULL,
  PRIMARY KEY (ticket, part)
);
)sql";

constexpr std::array steps{step_1};

void run_all(soci::session& session, std::string_view statements) {
  while (true) {
    const auto end = statements.find(';');
    if (end == std::string_view::npos) return;
    session << std::string{statements.substr(0, end)};
    statements.remove_prefix(end + 1);
  }
}

} // namespace

int schema_version() { return static_cast<int>(steps.size()); }

result<void> migrate(soci::session& session, const std::string& name) {
  session << "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)";
  int version = 0;
  session << "SELECT COALESCE(MAX(version), 0) FROM schema_version", soci::into(version);
  if (version > schema_version())
    return fail(errc::unsupported,
                "The database " + name + " was written by a newer tier2-cloud (its schema is " +
                    std::to_string(version) + ", this program knows up to " +
                    std::to_string(schema_version()) +
                    "). Nothing was changed: start the newer program, or bring back a backup.");
  for (int next = version + 1; next <= schema_version(); ++next) {
    run_all(session, steps[static_cast<std::size_t>(next) - 1]);
    session << "INSERT INTO schema_version (version) VALUES (:version)", soci::use(next, "version");
  }
  return {};
}

} // namespace tier2::cloud
