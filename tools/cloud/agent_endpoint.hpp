#pragma once

#include "messages/wire/binary_frame.hpp"
#include "messages/wire/envelope.hpp"
#include "platform/net/websocket_server.hpp"
#include "tools/cloud/agent_journal.hpp"
#include "tools/cloud/agent_store.hpp"
#include "tools/cloud/presence.hpp"
#include "tools/cloud/ticket_intake.hpp"
#include "tools/cloud/worker_thread.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tier2::cloud {

/// The port that agents talk to (protocol, section 2): who they are, enrolment, heartbeats, tickets,
/// commands. All but what says otherwise runs on the server's thread.
class agent_endpoint {
public:
  using connection = net::websocket_server::connection_id;
  using clock = std::function<wall_time()>;

  struct parts {
    agent_store& agents;
    ticket_intake& intake;
    worker_thread& worker;
    agent_journal& journal;
    presence& there;
    std::function<void()> alerted{}; ///< There may be new alerts.
  };
  struct counts {
    std::atomic<std::uint64_t> unknown_messages{};
    std::atomic<std::uint64_t>
        stray_frames{}; ///< Binary frames of another kind, or of a ticket that was not begun.
    std::atomic<std::uint64_t> refused_upgrades{};
    std::atomic<std::uint64_t>
        held_back{}; ///< Links ended because too much of the agent waited for the disk.
  };

  agent_endpoint(const parts& of, clock now);

  net::websocket_server::callbacks callbacks();
  /// Names the server that runs these callbacks; they wait for it.
  void use(net::websocket_server& server) { server_promise_.set_value(&server); }
  /// Writes when agents were last heard; call when the server no longer runs.
  void flush();
  const counts& counted() const { return counts_; }

  /// Gives a command to those of the agents that are still on that link; who is not gets it at its next
  /// hello. From any thread.
  void deliver(std::vector<linked_agent> agents, const uuid& command, std::string jws);
  /// What the journal has to say. From any thread.
  void say(std::vector<agent_journal::message_to> messages);
  /// Ends an agent's link: its key was revoked, or it has to say something again. From any thread.
  void end_revoked(std::set<uuid> agents);
  void end_for_now(const uuid& agent);

private:
  struct link {
    uuid agent;
    bool enrolling{};
    bool open{};
    bool ending{}; ///< We have closed it: what still comes is passed over.
    wall_time admitted{};
    digest token;  ///< Of an enrolling link.
    uuid replaces; ///< Of one that takes another agent's place.
  };

  net::websocket_server::upgrade admit(connection id, const net::websocket_server::request& request);
  void opened(connection id);
  void closed(connection id);
  void text(connection id, const std::string& bytes);
  void binary(connection id, const std::vector<unsigned char>& bytes);

  void on(connection id, link& from, const wire::enroll& message);
  void on(connection id, link& from, wire::hello& message);
  void on(connection id, link& from, wire::heartbeat& message);
  void on(connection id, link& from, const wire::ticket_begin& message);
  void on(connection id, link& from, const wire::ticket_end& message);
  void on(connection id, link& from, wire::accepted& message);
  void on(connection id, link& from, wire::rejected& message);
  void on(connection id, link& from, wire::exit& message);
  void on(connection id, link& from, wire::alert& message);
  void output(connection id, link& from, const wire::binary_frame& frame);

  void put(connection id, link& from, agent_journal::entry what);
  void end(connection id, std::uint16_t code, const std::string& why);
  void answer(connection id, const wire::message& message);
  void answer_agent(const uuid& agent, const wire::message& message);
  void send_command(const linked_agent& to, const std::string& text);
  link_number number_of(connection id) const { return first_number_ + static_cast<link_number>(id); }
  void heard(const uuid& agent);
  void housekeeping();
  net::websocket_server& server() { return *server_.get(); }

  parts of_;
  clock now_;
  link_number first_number_; ///< Random, so that links of earlier runs have other numbers.
  counts counts_;
  std::promise<net::websocket_server*> server_promise_;
  std::shared_future<net::websocket_server*> server_{server_promise_.get_future()};
  std::map<connection, link> links_;
  std::map<uuid, connection> newest_;
  std::map<uuid, wall_time> last_heard_;
  wall_time last_housekeeping_{};
};

} // namespace tier2::cloud
