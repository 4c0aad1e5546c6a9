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

constexpr std::string_view step_2 = R"sql(
ALTER TABLE agents ADD COLUMN capabilities TEXT NOT NULL DEFAULT '';
CREATE INDEX agents_state ON agents (state);
CREATE INDEX tickets_agent ON tickets (agent, received);
CREATE INDEX ticket_parts_content ON ticket_parts (content_digest);
CREATE TABLE agent_groups (
  agent TEXT NOT NULL REFERENCES agents (id),
  name TEXT NOT NULL,
  PRIMARY KEY (agent, name)
);
CREATE INDEX agent_groups_name ON agent_groups (name, agent);
CREATE TABLE commands (
  id TEXT PRIMARY KEY,
  posted_at BIGINT NOT NULL,
  posted_by TEXT NOT NULL,
  kid TEXT NOT NULL,
  name TEXT NOT NULL,
  summary TEXT NOT NULL,
  issued BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  input_digest TEXT NOT NULL,
  jws TEXT NOT NULL,
  max_output BIGINT NOT NULL
);
CREATE INDEX commands_posted ON commands (posted_at, id);
CREATE TABLE deliveries (
  command TEXT NOT NULL REFERENCES commands (id),
  agent TEXT NOT NULL REFERENCES agents (id),
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'accepted', 'rejected', 'exited', 'expired')),
  reason TEXT NOT NULL DEFAULT '',
  detail TEXT NOT NULL DEFAULT '',
  held_until BIGINT NOT NULL,
  sent_at BIGINT NOT NULL DEFAULT 0,
  accepted_at BIGINT NOT NULL DEFAULT 0,
  ended_at BIGINT NOT NULL DEFAULT 0,
  exit_reason TEXT NOT NULL DEFAULT '',
  exit_code BIGINT NOT NULL DEFAULT 0,
  exit_signal INTEGER NOT NULL DEFAULT 0,
  exit_detail TEXT NOT NULL DEFAULT '',
  duration_ms BIGINT NOT NULL DEFAULT 0,
  stdout_bytes BIGINT NOT NULL DEFAULT 0,
  stderr_bytes BIGINT NOT NULL DEFAULT 0,
  truncated INTEGER NOT NULL DEFAULT 0,
  output_lost INTEGER NOT NULL DEFAULT 0,
  stdout_received BIGINT NOT NULL DEFAULT 0,
  stderr_received BIGINT NOT NULL DEFAULT 0,
  pieces BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (command, agent)
);
CREATE INDEX deliveries_agent ON deliveries (agent, state);
CREATE INDEX deliveries_state ON deliveries (state, held_until);
CREATE TABLE command_events (
  command TEXT NOT NULL REFERENCES commands (id),
  seq BIGINT NOT NULL,
  agent TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('state', 'stdout', 'stderr')),
  state TEXT NOT NULL DEFAULT '',
  position BIGINT NOT NULL DEFAULT 0,
  bytes BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (command, seq)
);
CREATE TABLE api_tokens (
  name TEXT PRIMARY KEY,
  token_digest TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  last_used BIGINT NOT NULL DEFAULT 0,
  revoked BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE alerts (
  agent TEXT NOT NULL REFERENCES agents (id),
  id TEXT NOT NULL,
  seq BIGINT NOT NULL UNIQUE,
  received BIGINT NOT NULL,
  severity TEXT NOT NULL,
  source TEXT NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  at BIGINT NOT NULL,
  labels TEXT NOT NULL,
  dedupe_key TEXT NOT NULL,
  suppressed BIGINT NOT NULL,
  acknowledged_by TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (agent, id)
);
CREATE INDEX alerts_received ON alerts (agent, received);
CREATE TABLE audit (
  seq BIGINT PRIMARY KEY,
  at BIGINT NOT NULL,
  who TEXT NOT NULL,
  event TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  hash TEXT NOT NULL
);
)sql";

constexpr std::string_view step_3 = R"sql(
ALTER TABLE agents ADD COLUMN groups_known INTEGER NOT NULL DEFAULT 0;
UPDATE agents SET groups_known = 1 WHERE last_seen > first_seen OR id IN (SELECT agent FROM agent_groups);
ALTER TABLE agent_groups ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0;
UPDATE agent_groups SET confirmed = 1;
ALTER TABLE commands ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE commands ADD COLUMN agents BIGINT NOT NULL DEFAULT 0;
ALTER TABLE commands ADD COLUMN run_ms BIGINT NOT NULL DEFAULT 86400000;
ALTER TABLE commands ADD COLUMN signatures INTEGER NOT NULL DEFAULT 1;
UPDATE commands SET bytes = length(jws),
  agents = (SELECT COUNT(*) FROM deliveries d WHERE d.command = commands.id);
CREATE INDEX commands_poster ON commands (posted_by, posted_at, bytes, agents);
ALTER TABLE deliveries ADD COLUMN posted_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN link BIGINT NOT NULL DEFAULT 0;
UPDATE deliveries SET bytes = (SELECT c.bytes FROM commands c WHERE c.id = deliveries.command),
  posted_at = (SELECT c.posted_at FROM commands c WHERE c.id = deliveries.command);
UPDATE deliveries SET held_until = accepted_at + 172800000 WHERE state = 'accepted';
DROP INDEX deliveries_agent;
CREATE INDEX deliveries_due ON deliveries (agent, state, posted_at, command, bytes, link);
)sql";

constexpr std::string_view step_4 = R"sql(
ALTER TABLE alerts ADD COLUMN gravity INTEGER NOT NULL DEFAULT 0;
UPDATE alerts SET gravity = CASE severity WHEN 'critical' THEN 3 WHEN 'error' THEN 2 WHEN 'warning' THEN 1 ELSE 0 END;
ALTER TABLE alerts ADD COLUMN is_open INTEGER NOT NULL DEFAULT 1;
UPDATE alerts SET is_open = 0 WHERE acknowledged_by <> '';
ALTER TABLE alerts ADD COLUMN acknowledged_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN note TEXT NOT NULL DEFAULT '';
CREATE INDEX alerts_found ON alerts (is_open, gravity, seq);
CREATE INDEX alerts_of_agent ON alerts (agent, is_open, gravity, seq);
)sql";

constexpr std::string_view step_5 = R"sql(
CREATE TABLE notify_receivers (
  name TEXT PRIMARY KEY,
  waiting BIGINT NOT NULL DEFAULT 0,
  sent BIGINT NOT NULL DEFAULT 0,
  dropped BIGINT NOT NULL DEFAULT 0,
  given_up BIGINT NOT NULL DEFAULT 0,
  unsaid BIGINT NOT NULL DEFAULT 0,
  last_sent BIGINT NOT NULL DEFAULT 0,
  failing_since BIGINT NOT NULL DEFAULT 0,
  problem TEXT NOT NULL DEFAULT ''
);
CREATE TABLE notifications (
  receiver TEXT NOT NULL REFERENCES notify_receivers (name),
  alert BIGINT NOT NULL REFERENCES alerts (seq),
  gravity INTEGER NOT NULL,
  queued BIGINT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  due BIGINT NOT NULL,
  PRIMARY KEY (receiver, alert)
);
CREATE INDEX notifications_due ON notifications (receiver, due, alert);
CREATE INDEX notifications_gravity ON notifications (receiver, gravity, alert);
CREATE INDEX notifications_alert ON notifications (alert);
)sql";

constexpr std::string_view step_6 = R"sql(
ALTER TABLE agents ADD COLUMN display_name TEXT NOT NULL DEFAULT '';
ALTER TABLE agents ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE agents ADD COLUMN replaces TEXT NOT NULL DEFAULT '';
ALTER TABLE agents ADD COLUMN board_digest TEXT NOT NULL DEFAULT '';
ALTER TABLE agents ADD COLUMN disk_digest TEXT NOT NULL DEFAULT '';
ALTER TABLE agents ADD COLUMN boots TEXT NOT NULL DEFAULT '';
ALTER TABLE agents ADD COLUMN suspicion TEXT NOT NULL DEFAULT '';
ALTER TABLE agents ADD COLUMN suspected BIGINT NOT NULL DEFAULT 0;
CREATE INDEX agents_hardware ON agents (board_digest, disk_digest);
CREATE INDEX agents_suspicion ON agents (suspicion);
CREATE TABLE agent_labels (
  agent TEXT NOT NULL REFERENCES agents (id),
  label TEXT NOT NULL,
  PRIMARY KEY (agent, label)
);
CREATE INDEX agent_labels_label ON agent_labels (label, agent);
ALTER TABLE enrolment_tokens ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE enrolment_tokens ADD COLUMN created BIGINT NOT NULL DEFAULT 0;
)sql";

// A database with tickets in it goes on keeping them until somebody says otherwise.
constexpr std::string_view step_7 = R"sql(
CREATE TABLE deleted_tickets (
  number BIGINT PRIMARY KEY,
  agent TEXT NOT NULL,
  account TEXT NOT NULL,
  ticket TEXT NOT NULL,
  received BIGINT NOT NULL,
  deleted BIGINT NOT NULL,
  deleted_by TEXT NOT NULL,
  after_days INTEGER NOT NULL,
  UNIQUE (agent, account, ticket)
);
CREATE INDEX deleted_tickets_agent ON deleted_tickets (agent, received);
CREATE TABLE leaving_content (
  content_digest TEXT PRIMARY KEY
);
CREATE TABLE ticket_retention (
  label TEXT PRIMARY KEY,
  keep_days INTEGER NOT NULL CHECK (keep_days >= 0)
);
INSERT INTO ticket_retention (label, keep_days) SELECT '', CASE WHEN COUNT(*) > 0 THEN 0 ELSE 90 END FROM tickets;
)sql";

constexpr std::array steps{step_1, step_2, step_3, step_4, step_5, step_6, step_7};

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
