#pragma once

#include "messages/config.hpp"
#include "tools/cloud/notify_queue.hpp"
#include "tools/cloud/notify_transport.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tier2::cloud {

class database;

/// A receiver with its secret, ready to be told.
class notify_target {
public:
  virtual ~notify_target() = default;
  virtual const notify_receiver& receiver() const = 0;
  virtual const char* kind() const = 0; ///< "webhook" or "mail".
  /// How many alerts go into one message, and how long after one the next may follow.
  virtual std::uint32_t most_at_once() const = 0;
  virtual std::chrono::seconds apart() const = 0;
  virtual sending tell(notify_transport& by, const std::vector<alert_row>& alerts, std::uint64_t unsaid,
                       const std::string& console, wall_time now) const = 0;
  virtual sending test(notify_transport& by, const std::string& console, wall_time now) const = 0;
};
/// All that are configured; reads the files with secrets. `config_invalid` and what the files' errors are.
result<std::vector<std::unique_ptr<notify_target>>>
notify_targets(const cloud_config::notify_section& config);

/// Tells the receivers of what waits in the queue, each on a thread of its own: one that is slow or dead
/// holds up nobody else. At least once: after a crash a message may come again, with the same id.
class notifier {
public:
  struct shown {
    receiver_state state;
    std::string kind;
    alert_severity least{};
  };

  notifier(database& facts, notify_queue& queue, std::vector<std::unique_ptr<notify_target>> targets,
           std::chrono::hours give_up_after, std::function<wall_time()> now);
  ~notifier();
  notifier(const notifier&) = delete;
  notifier& operator=(const notifier&) = delete;

  /// `console`: the address of its pages, for links.
  void start(const std::string& console);
  void stop();
  /// Something may be in the queue. From any thread.
  void wake();
  result<std::vector<shown>> states() const;

private:
  struct teller;
  void loop(teller& one);
  /// Tells once; when to look again.
  wall_time pass(teller& one);

  database& facts_;
  notify_queue& queue_;
  std::chrono::hours give_up_after_;
  std::function<wall_time()> now_;
  std::string console_;
  std::vector<std::unique_ptr<teller>> tellers_;
  std::mutex guard_;
  std::condition_variable wake_;
  std::uint64_t woken_{};
  bool stopping_{};
};

} // namespace tier2::cloud
