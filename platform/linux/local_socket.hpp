#pragma once

#include "platform/linux/account.hpp"
#include "platform/linux/unique_fd.hpp"
#include "platform/local_link.hpp"

#include <string>
#include <sys/types.h>

namespace tier2::os {

/// Longest path of a Unix socket in bytes: sun_path of unix(7) has 108 with its final zero.
inline constexpr std::size_t max_socket_path_bytes = 107;

/// A listening Unix stream socket; its file is removed at the end if it still is ours.
class listening_socket {
public:
  /// Makes the directory when it is missing; replaces a socket file that nobody answers at.
  /// `invalid_argument` for a path that is too long or holds something else than a socket, `in_use`,
  /// `permission_denied`.
  static result<listening_socket> open(const std::string& path, bool every_user);
  listening_socket(listening_socket&&) noexcept = default;
  listening_socket& operator=(listening_socket&&) = delete;
  ~listening_socket();
  int get() const { return socket_.get(); }

private:
  listening_socket() = default;
  unique_fd lock_; // held while we live: nobody else of ours tidies this path away
  unique_fd socket_;
  std::string path_;
  dev_t device_{};
  ino_t inode_{};
};

/// Connects without waiting. `unavailable` when nobody listens, `invalid_argument`, `permission_denied`.
result<unique_fd> connect_socket(const std::string& path);

/// Who connected to, or listens at, the other end of a connected socket (SO_PEERCRED of unix(7)).
struct peer_credentials {
  pid_t process{};
  uid_t user{};
};
result<peer_credentials> credentials_of(int socket);
peer_identity identify(const peer_credentials& peer, const login& from);

/// Whether a peer may connect: root and our own account always, others when all accounts may and, where
/// logins count, theirs is proven.
bool may_connect(const peer_credentials& peer, bool every_user, bool logins_only, const login& from);

} // namespace tier2::os
