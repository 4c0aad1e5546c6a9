// How much of a command's output is there.
#include "tools/cloud/delivery_store.hpp"

#include "tools/cloud/database.hpp"

namespace tier2::cloud::deliveries {

using soci::into;
using soci::use;

result<std::optional<output_account>> account_of(soci::session& session, const uuid& command,
                                                 const uuid& agent) {
  const std::string id = to_string(command);
  const std::string by = to_string(agent);
  std::string state;
  long long out = 0;
  long long err = 0;
  long long limit = 0;
  long long pieces = 0;
  int lost = 0;
  long long sent = 0;
  session << "SELECT d.state, d.stdout_received, d.stderr_received, d.pieces, d.output_lost, d.sent_at, "
             "c.max_output "
             "FROM deliveries d JOIN commands c ON c.id = d.command WHERE d.command = :command AND d.agent = "
             ":agent",
      into(state), into(out), into(err), into(pieces), into(lost), into(sent), into(limit),
      use(id, "command"), use(by, "agent");
  if (!session.got_data()) return std::optional<output_account>{};
  return std::optional{output_account{parse_delivery_state(state),
                                      {static_cast<std::uint64_t>(out), static_cast<std::uint64_t>(err)},
                                      static_cast<std::uint64_t>(limit),
                                      static_cast<std::uint64_t>(pieces),
                                      lost != 0,
                                      sent != 0}};
}

result<void> add_output(soci::session& session, const uuid& command, const uuid& agent, output_stream stream,
                        std::uint64_t position, std::uint64_t bytes, output_account& account) {
  const std::string id = to_string(command);
  const std::string by = to_string(agent);
  const std::string kind{to_string(stream)};
  const auto from = static_cast<long long>(position);
  const auto count = static_cast<long long>(bytes);
  long long last = 0;
  std::string last_agent;
  std::string last_kind;
  long long last_end = 0;
  session << "SELECT seq, agent, kind, position + bytes FROM command_events WHERE command = :command ORDER "
             "BY seq DESC LIMIT 1",
      into(last), into(last_agent), into(last_kind), into(last_end), use(id, "command");
  const bool any = session.got_data();
  if (any && last_agent == by && last_kind == kind && last_end == from) {
    session << "UPDATE command_events SET bytes = bytes + :bytes WHERE command = :command AND seq = :seq",
        use(count, "bytes"), use(id, "command"), use(last, "seq");
  } else {
    const long long seq = any ? last + 1 : 1;
    session << "INSERT INTO command_events (command, seq, agent, kind, position, bytes) VALUES (:command, "
               ":seq, :agent, :kind, :position, :bytes)",
        use(id, "command"), use(seq, "seq"), use(by, "agent"), use(kind, "kind"), use(from, "position"),
        use(count, "bytes");
    ++account.pieces;
  }
  account.received.at(static_cast<std::size_t>(stream)) = position + bytes;
  const auto out = static_cast<long long>(account.received[0]);
  const auto err = static_cast<long long>(account.received[1]);
  const auto pieces = static_cast<long long>(account.pieces);
  session << "UPDATE deliveries SET stdout_received = :out, stderr_received = :err, pieces = :pieces WHERE "
             "command = :command AND agent = :agent",
      use(out, "out"), use(err, "err"), use(pieces, "pieces"), use(id, "command"), use(by, "agent");
  return {};
}

result<void> mark_lost(soci::session& session, const uuid& command, const uuid& agent) {
  const std::string id = to_string(command);
  const std::string by = to_string(agent);
  session << "UPDATE deliveries SET output_lost = 1 WHERE command = :command AND agent = :agent",
      use(id, "command"), use(by, "agent");
  return {};
}

} // namespace tier2::cloud::deliveries
