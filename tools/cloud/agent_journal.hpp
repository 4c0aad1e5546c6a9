#pragma once

#include "messages/wire/envelope.hpp"
#include "tools/cloud/agent_store.hpp"
#include "tools/cloud/alert_store.hpp"
#include "tools/cloud/command_bell.hpp"
#include "tools/cloud/delivery_store.hpp"
#include "tools/cloud/output_files.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <variant>
#include <vector>

namespace tier2::cloud {

class database;

/// A frame of output; the bytes are its own.
struct output_piece {
  uuid command;
  output_stream stream{output_stream::out};
  std::uint64_t position{};
  std::vector<std::byte> bytes;
};

/// What agents say about commands, kept in the order in which it came by a thread of its own: whatever waits
/// is one transaction, and only then is it acknowledged. A slow disk makes the waiting longer and the
/// transactions larger, but never holds up the server's thread.
class agent_journal {
public:
  using clock = std::function<wall_time()>;
  /// An agent may have room for more commands than it was given.
  struct room {};
  using entry =
      std::variant<wire::hello, wire::accepted, wire::rejected, wire::exit, wire::alert, output_piece, room>;

  struct message_to {
    uuid agent;
    wire::message what;
    link_number link{}; ///< For this link only; 0: for the newest.
  };
  struct hooks {
    std::function<void(std::vector<message_to>)> send; ///< From the journal's thread, after the commit.
    /// What this agent said could not be kept: its link is to be ended, so that it says it again.
    std::function<void(uuid)> could_not_keep;
    std::function<void()> tick; ///< About each second, from the journal's thread.
    /// On which link an agent may be given commands; 0: on none.
    std::function<link_number(const uuid&)> link_of;
    std::function<void()> alerted{}; ///< There are new alerts; after the commit.
  };
  struct counts {
    std::atomic<std::uint64_t> unknown_exits{};
    std::atomic<std::uint64_t> unknown_answers{};
    std::atomic<std::uint64_t> stray_output{}; ///< Frames for what this agent has no open delivery of.
    std::atomic<std::uint64_t> output_over_limit{};
    std::atomic<std::uint64_t> alerts_over_limit{};
    std::atomic<std::uint64_t> commits{};
    std::atomic<std::uint64_t> forgotten_commands{};
    std::atomic<std::uint64_t> hellos_passed_over{}; ///< A later one of the same agent was there already.
  };
  /// Bytes of commands that one transaction may lead to.
  static constexpr std::size_t most_bytes_of_commands = 4U << 20U;
  /// Bytes that wait of one agent; beyond it the agent's link is closed, and it sends again.
  static constexpr std::size_t most_waiting_bytes = 4U << 20U;

  /// `kept`: how long commands that have ended are kept, counted from their posting; 0: for ever.
  agent_journal(database& facts, agent_store& agents, alert_store& alerts, output_files files,
                command_bell& bell, clock now, std::chrono::hours kept = {});
  ~agent_journal();
  agent_journal(const agent_journal&) = delete;
  agent_journal& operator=(const agent_journal&) = delete;

  /// Before the first `put`.
  void start(hooks tell);
  /// Finishes what waits, then joins.
  void stop();
  /// False, and nothing is taken, when too much of this agent waits already.
  bool put(const uuid& agent, entry what);
  const counts& counted() const { return counts_; }
  const output_files& files() const { return files_; }

private:
  struct waiting {
    uuid agent;
    entry what;
    wall_time at{};
    std::size_t bytes{};
  };
  using delivery_key = std::pair<uuid, uuid>; // command, agent
  /// What a batch leads to once it is committed.
  struct effects {
    std::vector<message_to> messages;
    std::size_t command_bytes{}; ///< In `messages`.
    std::map<std::pair<delivery_key, std::uint32_t>, std::uint64_t> output_acks;
    std::set<uuid> changed;
    bool alerted{};
    std::set<uuid> failed; ///< Agents whose link is to be ended.
  };

  void loop();
  std::vector<waiting> take(std::unique_lock<std::mutex>& lock);
  void keep(const std::vector<waiting>& batch);
  std::size_t commit(const waiting* first, std::size_t count);
  result<void> apply(soci::session& session, const waiting& one, effects& done);
  result<void> on(soci::session& session, const waiting& from, const wire::hello& hello, effects& done);
  result<void> on(soci::session& session, const waiting& from, const wire::accepted& said, effects& done);
  result<void> on(soci::session& session, const waiting& from, const wire::rejected& said, effects& done);
  result<void> on(soci::session& session, const waiting& from, const wire::exit& said, effects& done);
  result<void> on(soci::session& session, const waiting& from, const wire::alert& said, effects& done);
  result<void> on(soci::session& session, const waiting& from, const output_piece& piece, effects& done);
  result<void> on(soci::session& session, const waiting& from, const room& has, effects& done);
  result<void> give_due(soci::session& session, const uuid& agent, wall_time now, effects& done);
  /// The same after an answer: nearly always nothing else waits, which costs little to know.
  result<void> give_more(soci::session& session, const uuid& agent, wall_time now, effects& done);
  result<deliveries::output_account*> account(soci::session& session, const delivery_key& key);
  void tell(effects done);
  void expire();
  void forget_old();
  bool is_blocked(const delivery_key& key) const;

  database& facts_;
  agent_store& agents_;
  alert_store& alerts_;
  output_files files_;
  command_bell& bell_;
  clock now_;
  std::chrono::hours kept_;
  std::chrono::steady_clock::time_point forget_next_{}; ///< At start, too.
  hooks tell_;
  counts counts_;
  std::map<uuid, const waiting*> last_hello_; ///< Of each agent, of those that are being kept.
  std::map<delivery_key, deliveries::output_account> accounts_; ///< Of deliveries that are open.
  /// Streams of which a frame could not be written: what came behind it is passed over until it is sent
  /// again.
  std::set<std::pair<delivery_key, output_stream>> blocked_;
  bool failing_{}; ///< Said once in the log, until something is kept again.

  std::mutex guard_;
  std::condition_variable wake_;
  std::deque<waiting> queue_;
  std::map<uuid, std::size_t> waiting_bytes_;
  bool stopping_{};
  std::thread thread_;
};

} // namespace tier2::cloud
