#pragma once

#include "platform/crypto/ecdsa.hpp"
#include "tools/ctl/cloud_client.hpp"
#include "tools/ctl/signer_queue.hpp"
#include "tools/ctl/signer_server.hpp"
#include "tools/ctl/task_line.hpp"

#include <functional>
#include <mutex>
#include <optional>

namespace tier2::ctl {

/// Puts the queue, the page, the key and the cloud together. The key signs here and nowhere else, only after
/// the page named the very bytes, and in the moment in which it does: a click waits for nobody. Posting,
/// looking up names and opening the browser have a thread each.
class signer {
public:
  /// Two clients of the same cloud, since each does one thing at a time.
  signer(signing_key key, cloud_client poster, cloud_client asker)
      : key_{std::move(key)}, poster_{std::move(poster)}, asker_{std::move(asker)} {}
  ~signer();
  signer(const signer&) = delete;
  signer& operator=(const signer&) = delete;

  /// Takes commands at `port`, gives the port; `show` opens a file in the browser.
  result<std::uint16_t> start(std::uint16_t port, std::function<void(const std::string&)> show);
  void open();

private:
  signer_server::taken take_offer(const std::string& offer);
  void heard(const std::string& text);
  /// Does `what` to the queue with nobody else at it, then shows the page what came of it; what it gives is
  /// said there until the next click.
  void act(const std::function<std::string()>& what);
  std::string sign(std::uint64_t id, const std::string& shown);
  void post_later(signing_request& request);
  void post(std::uint64_t id);
  void look_up(std::uint64_t id);
  std::string hint_for(const std::string& name);
  void tell();

  signing_key key_;
  cloud_client poster_, asker_; ///< Of the line with the same name each.
  std::function<void(const std::string&)> show_;
  std::mutex telling_; ///< Before `guard_`: views go out in the order in which they were made.
  std::mutex guard_;   ///< Of the queue and the notice.
  signer_queue queue_;
  std::string notice_;
  std::unique_ptr<signer_server> server_;
  std::optional<task_line> posting_, asking_, opening_;
};

} // namespace tier2::ctl
