#pragma once

#include "messages/wire/local_frame.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace tier2 {

/// Who is at the other end, by the kernel's word.
struct peer_identity {
  std::string account; ///< Numeric user id, or a SID.
  std::string user;    ///< Name; the account when it has none.
  std::string session; ///< Login session, or empty when the system knows none.
  bool privileged{};   ///< Root or LocalSystem.
  bool same_user{};    ///< The account that we run as.
};

/// The service's end: a socket that every user may connect to. All callbacks come from its one thread.
class local_link_server {
public:
  using connection_id = std::uint64_t;
  struct options {
    std::string path;
    bool every_user{true};                ///< false: our own account only (the helper's own instance socket).
    std::uint32_t connections_per_account{16};
  };
  struct callbacks {
    std::function<void(connection_id, const peer_identity&)> on_open;
    std::function<void(connection_id, wire::local_message)> on_message;
    std::function<void(connection_id)> on_close;
  };
  /// `invalid_argument` for a path that is too long (says how long it may be), `in_use` when another program
  /// answers there, `permission_denied`. A socket file that nobody answers at is replaced.
  static result<std::unique_ptr<local_link_server>> listen(options where, callbacks tell);
  virtual ~local_link_server() = default;
  /// From any thread. A connection whose unsent bytes pass 4 MiB is closed and counted.
  virtual void send(connection_id to, wire::local_message what) = 0;
  virtual void close(connection_id which) = 0;
  virtual std::uint64_t overflowed() const = 0;
};

/// The helper's end. Callbacks come from its one thread.
class local_link_client {
public:
  struct callbacks {
    std::function<void(wire::local_message)> on_message;
    std::function<void(error)> on_closed; ///< Once; the client is of no more use afterwards.
  };
  enum class expected_peer : std::uint8_t {
    privileged_or_same_user, ///< The service (or one that a developer runs as himself).
    same_user,               ///< The first instance of the helper.
  };
  /// `unavailable` when nobody listens, `permission_denied` when the listener is somebody else,
  /// `invalid_argument` for a path that is too long.
  static result<std::unique_ptr<local_link_client>> connect(const std::string& path, expected_peer who, callbacks tell);
  virtual ~local_link_client() = default;
  virtual void send(wire::local_message what) = 0;
};

} // namespace tier2
