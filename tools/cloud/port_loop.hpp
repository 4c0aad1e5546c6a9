#pragma once

#include "messages/error.hpp"
#include "tools/cloud/port_connection.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <vector>

namespace tier2::cloud {

/// The thread at the operators' port: accepts, speaks TLS, reads whole requests, and sends answers that are
/// in memory. Nobody who is silent or slow holds more than a place in its waiting room.
class port_loop {
public:
  struct callbacks {
    /// A whole request is in `in`: handle it on another thread, put the answer, and give the connection back.
    std::function<void(port_connection&)> handle;
    /// The bytes of an answer to a request that no handler will see.
    std::function<std::string(const request_refusal&)> refuse;
  };
  port_loop(SSL_CTX& context, const port_limits& limits, port_counters& counters, callbacks call);
  ~port_loop();
  port_loop(const port_loop&) = delete;
  port_loop& operator=(const port_loop&) = delete;

  /// Takes the port (0: any free one); an errno value when that fails.
  tl::expected<std::uint16_t, int> listen(const std::string& address, std::uint16_t port);
  void run();
  /// From the worker that handled the request; `keep` when another may follow.
  void give_back(port_connection& one, bool keep);
  /// Ends the thread, and tells the handlers that are still busy that their peers are gone. Connections stay
  /// until the destructor.
  void stop();
  /// Readable once `stop` was called.
  int stopping() const { return stopped_; }
  bool ending() const { return ending_; }

private:
  using id = waiting_room::id;
  using time = waiting_room::time;

  void loop();
  void take_back();
  void accept_some();
  bool make_room(const std::string& group);
  void evict(std::optional<id> who);
  void step(port_connection& one);
  void read_request(port_connection& one);
  void wait_for_request(port_connection& one, bool to_write);
  bool whole_request(port_connection& one);
  void refuse(port_connection& one, const request_refusal& why);
  void answer(port_connection& one);
  void next_request(port_connection& one);
  void linger(port_connection& one);
  void discard(port_connection& one);
  void late(port_connection& one);
  void wait(port_connection& one, time until, bool to_write = false);
  bool hold(port_connection& one);
  void watch(int operation, int descriptor, std::uint32_t events, id name) const;
  void arm(const port_connection& one, std::uint32_t events) const;
  void drop(port_connection& one);

  SSL_CTX& context_;
  const port_limits limits_;
  port_counters& counters_;
  callbacks call_;
  int epoll_{-1}, listener_{-1}, wake_{-1}, stopped_{-1};
  bool accepting_{true};
  time accept_again_{};
  std::atomic<bool> ending_{};
  id last_id_{};
  std::unordered_map<id, std::unique_ptr<port_connection>> all_;
  std::map<std::string, std::size_t> of_group_;
  waiting_room room_;
  std::set<std::pair<time, id>> holders_; ///< Of shared memory, the one that waits longest first.
  std::size_t held_{};
  std::mutex guard_;
  std::vector<std::pair<id, bool>> returned_;
  std::thread thread_;
};

} // namespace tier2::cloud
