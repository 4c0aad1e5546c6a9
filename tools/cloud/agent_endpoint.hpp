#pragma once

#include "messages/wire/envelope.hpp"
#include "platform/net/websocket_server.hpp"
#include "tools/cloud/agent_store.hpp"
#include "tools/cloud/ticket_intake.hpp"
#include "tools/cloud/worker_thread.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <string>

namespace tier2::cloud {

/// The port that agents talk to (protocol, section 2): who they are, enrolment, heartbeats, tickets. All but
/// `use` runs on the server's thread.
class agent_endpoint {
public:
  using connection = net::websocket_server::connection_id;
  using clock = std::function<wall_time()>;

  struct counts {
    std::atomic<std::uint64_t> unknown_messages{};
    std::atomic<std::uint64_t>
        stray_frames{}; ///< Binary frames of another kind, or of a ticket that was not begun.
    std::atomic<std::uint64_t> refused_upgrades{};
  };

  agent_endpoint(agent_store& agents, ticket_intake& intake, worker_thread& worker, clock now);

  net::websocket_server::callbacks callbacks();
  /// Names the server that runs these callbacks; they wait for it.
  void use(net::websocket_server& server) { server_promise_.set_value(&server); }
  /// Writes when agents were last heard; call when the server no longer runs.
  void flush();
  const counts& counted() const { return counts_; }

private:
  struct link {
    uuid agent;
    bool enrolling{};
    bool open{};
    wall_time admitted{};
    digest token; ///< Of an enrolling link.
    std::optional<wire::heartbeat> latest;
  };

  net::websocket_server::upgrade admit(connection id, const net::websocket_server::request& request);
  net::websocket_server::upgrade refuse(std::uint16_t status, const net::websocket_server::request& request,
                                        const char* why);
  void opened(connection id);
  void closed(connection id);
  void text(connection id, const std::string& bytes);
  void binary(connection id, const std::vector<unsigned char>& bytes);

  void on(connection id, link& from, const wire::enroll& message);
  void on(connection id, link& from, const wire::hello& message);
  void on(connection id, link& from, wire::heartbeat& message);
  void on(connection id, link& from, const wire::ticket_begin& message);
  void on(connection id, link& from, const wire::ticket_end& message);

  void answer(connection id, const wire::message& message);
  void answer_agent(const uuid& agent, const wire::message& message);
  void heard(const uuid& agent);
  void housekeeping();
  net::websocket_server& server() { return *server_.get(); }

  agent_store& agents_;
  ticket_intake& intake_;
  worker_thread& worker_;
  clock now_;
  counts counts_;
  std::promise<net::websocket_server*> server_promise_;
  std::shared_future<net::websocket_server*> server_{server_promise_.get_future()};
  std::map<connection, link> links_;
  std::map<uuid, connection> newest_;
  std::map<uuid, wall_time> last_heard_;
  wall_time last_housekeeping_{};
};

} // namespace tier2::cloud
