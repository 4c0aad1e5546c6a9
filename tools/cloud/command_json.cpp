#include "tools/cloud/command_json.hpp"

#include "messages/wire/jws.hpp"
#include "messages/wire/manifest.hpp"

namespace tier2::cloud {

namespace {

ordered_json to_json(const command_exit& how) {
  ordered_json value{{"reason", to_string(how.reason)}};
  if (how.signal != 0)
    value["signal"] = how.signal;
  else
    value["code"] = how.code;
  value["duration_ms"] = how.duration_ms;
  value["bytes"] = {{"stdout", how.stdout_bytes}, {"stderr", how.stderr_bytes}};
  value["truncated"] = how.truncated;
  value["output_lost"] = how.output_lost;
  value["detail"] = how.detail;
  return value;
}

/// What was signed, as it was read; the agents, not we, verify it.
ordered_json claims_of(const std::string& jws) {
  const auto token = wire::parse_jws(jws, wire::command_token_type);
  if (!token) return nullptr;
  auto claims = ordered_json::parse(token->payload, nullptr, false);
  return claims.is_discarded() ? ordered_json(nullptr) : claims;
}

} // namespace

ordered_json time_or_null(wall_time at) {
  // Braces would make a list of one.
  return at == wall_time{} ? ordered_json(nullptr) : ordered_json(wire::to_rfc3339(at));
}

ordered_json brief_json(const delivery& one) {
  return {{"agent", to_string(one.agent)}, {"hostname", one.hostname}, {"state", to_string(one.state)}};
}

ordered_json to_json(const delivery& one) {
  auto value = brief_json(one);
  if (one.state == delivery_state::rejected || one.state == delivery_state::expired) {
    value["reason"] = one.reason;
    value["detail"] = one.detail;
  }
  if (one.exit) value["exit"] = to_json(*one.exit);
  value["sent_at"] = time_or_null(one.sent);
  value["accepted_at"] = time_or_null(one.accepted);
  value["ended_at"] = time_or_null(one.ended);
  value["received"] = {{"stdout", one.received[0]}, {"stderr", one.received[1]}};
  value["output_lost"] = one.output_lost;
  return value;
}

ordered_json to_json(const command_row& row) {
  ordered_json counts;
  for (const auto state : {delivery_state::waiting, delivery_state::sent, delivery_state::accepted,
                           delivery_state::rejected, delivery_state::exited, delivery_state::expired}) {
    const auto found = row.counts.find(state);
    counts[std::string{to_string(state)}] = found == row.counts.end() ? 0 : found->second;
  }
  return {{"id", to_string(row.id)},
          {"name", row.name},
          {"summary", row.summary},
          {"posted_at", wire::to_rfc3339(row.posted)},
          {"posted_by", row.posted_by},
          {"kid", row.kid},
          {"issued", wire::to_rfc3339(row.issued)},
          {"expires", wire::to_rfc3339(row.expires)},
          {"counts", counts}};
}

ordered_json to_json(const whole_command& command) {
  auto value = to_json(command.row);
  value["claims"] = claims_of(command.jws);
  value["jws"] = command.jws;
  auto deliveries = ordered_json::array();
  for (const auto& each : command.deliveries)
    deliveries.push_back(to_json(each));
  value["deliveries"] = std::move(deliveries);
  return value;
}

} // namespace tier2::cloud
