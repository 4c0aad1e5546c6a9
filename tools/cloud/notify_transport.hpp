#pragma once

#include "messages/config.hpp"
#include "tools/cloud/notify_message.hpp"
#include "tools/cloud/secret_text.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

namespace tier2::cloud {

struct sending {
  enum class verdict : std::uint8_t {
    sent,
    refused,    ///< This message, not the receiver, is at fault.
    unavailable ///< No message would get through now.
  } how{verdict::unavailable};
  std::string why;             ///< A sentence for people; empty when it was sent.
  std::chrono::seconds wait{}; ///< How long the receiver asked for; 0: it did not.
};

/// Sends one message at a time with libcurl: the certificate is always checked, redirects are not followed,
/// a proxy of the environment is not asked, and the time and what is read of an answer are bounded.
class notify_transport {
public:
  static constexpr std::chrono::milliseconds connect_time{10'000};
  static constexpr std::chrono::milliseconds whole_time{30'000};
  static constexpr std::size_t most_answer_bytes = 64U << 10U; ///< Headers, and again the body.

  notify_transport();
  ~notify_transport();
  notify_transport(const notify_transport&) = delete;
  notify_transport& operator=(const notify_transport&) = delete;

  /// Blocks for at most `whole_time`.
  sending send(const cloud_config::notify_section::webhook& to, const webhook_message& message);
  sending send(const cloud_config::notify_section::mail& to, const secret_text& password,
               const std::string& mail);
  /// From any thread: what is being sent ends at once, and all that comes after it.
  void cancel();

private:
  struct request;
  sending run(request& what);
  void* multi_;
  std::atomic<bool> cancelled_{};
};

} // namespace tier2::cloud
