#pragma once

#include "messages/peer.hpp"
#include "messages/wire/local_frame.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tier2 {

/// The service's end: a socket that every user may connect to. All callbacks come from its one thread,
/// perhaps before `listen` has returned.
class local_link_server {
public:
  using connection_id = std::uint64_t;
  struct options {
    std::string path;
    bool every_user{
        true}; ///< false: our own account (and root) only, as for the helper's own instance socket.
    /// Also of one login, whatever accounts its programs have taken on.
    std::uint32_t connections_per_account{16};
    std::uint32_t connections{1024}; ///< Of all accounts together.
    /// Only who came out of a login, root and our own account may connect; unset: so where the system keeps
    /// book of logins, and everybody where it does not.
    std::optional<bool> logins_only{};
  };
  struct callbacks {
    std::function<void(connection_id, const peer_identity&)> on_open;
    std::function<void(connection_id, wire::local_message)> on_message;
    std::function<void(connection_id)> on_close;
  };
  /// `invalid_argument` for a path that is too long (says how long it may be) or where something else than a
  /// socket lies, `in_use` when another program answers there, `permission_denied`. A socket file that nobody
  /// answers at is replaced.
  static result<std::unique_ptr<local_link_server>> listen(options where, callbacks tell);
  /// Hands over what the sockets still take, closes and joins the thread; no `on_close` for those. Not from a
  /// callback.
  virtual ~local_link_server() = default;
  /// From any thread. A connection whose unsent bytes pass 4 MiB is closed and counted; so is one that is
  /// sent a message above the bounds, which is a mistake of ours.
  virtual void send(connection_id to, wire::local_message what) = 0;
  /// Closes after what was sent before has left; from any thread.
  virtual void close(connection_id which) = 0;
  virtual std::uint64_t overflowed() const = 0; ///< Connections closed because they did not read.
  virtual std::uint64_t refused() const = 0;    ///< Closed at once: another account, no login, or too many.
  virtual std::uint64_t malformed() const = 0;  ///< Closed because of a bad frame.
};

/// The helper's end. Callbacks come from its one thread, perhaps before `connect` has returned.
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
  static result<std::unique_ptr<local_link_client>> connect(const std::string& path, expected_peer who,
                                                            callbacks tell);
  /// Hands over what the socket still takes, closes and joins the thread; no `on_closed`. Not from a
  /// callback.
  virtual ~local_link_client() = default;
  /// From any thread. More than 16 MiB unsent, or a message above the bounds, closes the link (`too_large`).
  virtual void send(wire::local_message what) = 0;
};

} // namespace tier2
