#pragma once

#include "tools/ctl/connection.hpp"
#include "tools/ctl/event_reader.hpp"

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace tier2::ctl {

/// Asks the cloud's REST interface, over TLS 1.2 or newer whose certificate must fit. Nothing is redirected,
/// so that the token goes to this address only. What comes back is bounded: see `received_bytes`. One call at
/// a time.
class cloud_client {
public:
  static constexpr std::size_t most_answer_bytes = 8U << 20U;

  /// `crypto_failed`, or `not_found` when the CA's file cannot be read.
  static result<cloud_client> make(connection where);
  cloud_client(cloud_client&&) noexcept;
  cloud_client& operator=(cloud_client&&) noexcept;
  ~cloud_client();

  /// `path` begins with "/api/v1/". An answer that is no success is an error: `unauthorised` for 401 and 403,
  /// `not_found` for 404 and 410, `refused` for other 4xx, `conflict` for 409; `unavailable`, `untrusted`,
  /// `timed_out`, `malformed` or `too_large` where no answer of ours came. The cloud's own words are made
  /// harmless for a terminal.
  result<nlohmann::json> get(const std::string& path);
  result<nlohmann::json> post(const std::string& path, const nlohmann::json& body);
  result<nlohmann::json> remove(const std::string& path);
  /// Bytes as they are, at most so many.
  result<std::string> get_bytes(const std::string& path, std::size_t most);
  /// Reads an event stream until `tell` fails, the server ends it (success) or the connection breaks. Goes on
  /// where `reader` is.
  result<void> listen(const std::string& path, event_reader& reader, const event_reader::on_event& tell);
  /// From another thread: ends the call that is under way.
  void stop();

  const std::string& url() const;

private:
  struct link;
  explicit cloud_client(std::unique_ptr<link> made);
  std::unique_ptr<link> link_;
};

/// Whether the error says that nobody was reached or that we are not welcome, and so nothing was decided.
bool is_connection_error(const error& why);

} // namespace tier2::ctl
