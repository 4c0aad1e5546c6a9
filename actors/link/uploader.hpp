#pragma once

#include "actors/link/upload_window.hpp"
#include "messages/submission.hpp"
#include "messages/wire/envelope.hpp"
#include "messages/wire/local_frame.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tier2 {

/// Sends one submission in parts, without I/O: given what the other side says, it answers what to send next.
/// No more is unacknowledged than `upload_window` allows, so that bulk never stands long before control. What
/// the cloud already has is not sent again after a break; the end is said once all is acknowledged.
class uploader {
public:
  explicit uploader(std::shared_ptr<const submission> what);

  /// The way is open (again): the beginning. Nothing is sent before the other side has said what it has.
  std::vector<wire::local_message> connected();
  void disconnected();
  /// The cloud's word about this ticket. After an error for now, nothing is sent until `connected` is said
  /// again.
  std::vector<wire::local_message> on_state(const wire::ticket_state& state, steady_time now);

  const uuid& ticket() const { return what_->ticket(); }
  std::uint64_t acknowledged() const { return acknowledged_; }
  std::uint64_t total() const { return total_; }
  bool finished() const { return !number_.empty() || !refused_.empty(); }
  const std::string& number() const { return number_; }
  const std::string& url() const { return url_; }
  const std::string& refused() const { return refused_; }
  /// Why the cloud cannot take it for now, and when to begin again; 0 seconds when it can.
  const std::string& put_off() const { return put_off_; }
  std::chrono::seconds retry_after() const { return retry_after_; }

private:
  std::vector<wire::local_message> next(steady_time now);
  std::shared_ptr<const submission> what_;
  std::uint64_t total_{};
  bool ready_{false};               ///< The other side has answered the beginning.
  bool ended_{false};               ///< `ticket_end` was sent on this connection.
  std::vector<std::uint64_t> have_; ///< Acknowledged bytes of each part.
  std::vector<std::uint64_t> sent_; ///< Bytes of each part that were sent on this connection or are had.
  std::uint64_t acknowledged_{};
  upload_window window_;
  std::string number_, url_, refused_, put_off_;
  std::chrono::seconds retry_after_{};
};

} // namespace tier2
