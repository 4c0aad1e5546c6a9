#include "platform/linux/local_socket.hpp"

#include "platform/linux/system_error.hpp"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace tier2::os {

namespace {

constexpr const char* what_to_set = " Set `socket` in [paths] of the configuration to another one.";

result<sockaddr_un> address_of(const std::string& path) {
  if (path.size() > max_socket_path_bytes)
    return fail(errc::invalid_argument,
                "The socket path " + path + " is " + std::to_string(path.size()) +
                    " bytes long; the system allows at most " + std::to_string(max_socket_path_bytes) +
                    ". Set `socket` in [paths] of the configuration to a shorter one.");
  if (path.empty() || path.front() != '/' || path.back() == '/' || path.find('\0') != std::string::npos)
    return fail(errc::invalid_argument,
                "The socket path \"" + path + "\" is not the full path of a file." + what_to_set);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

unique_fd new_socket() { return unique_fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)}; }

int connect_number(int socket, const sockaddr_un& address) {
  return ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

result<void> make_directory(const std::string& path, mode_t mode) {
  struct stat found{};
  if (path.empty() || ::stat(path.c_str(), &found) == 0) return {};
  if (auto made = make_directory(path.substr(0, path.rfind('/')), mode); !made) return made;
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return fail_with("Could not make the directory " + path + " for the socket", errno);
  if (::chmod(path.c_str(), mode) != 0) return fail_with("Could not set the permissions of " + path, errno);
  return {};
}

result<unique_fd> lock(const std::string& path) {
  const auto name = path + ".lock";
  unique_fd file{::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file) return fail_with("Could not open " + name, errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file;
  if (errno != EWOULDBLOCK) return fail_with("Could not lock " + name, errno);
  return fail(errc::in_use, "Another program is already listening at " + path + "." + what_to_set);
}

/// Removes a socket that nobody answers at and nothing else.
result<void> clear_the_way(const std::string& path, const sockaddr_un& address) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0)
    return errno == ENOENT ? result<void>{} : fail_with("Could not look at " + path, errno);
  if (!S_ISSOCK(found.st_mode))
    return fail(errc::invalid_argument,
                path + " exists and is not a socket, so it is left alone." + what_to_set);
  const auto probe = new_socket();
  if (!probe) return fail_with("Could not make a socket", errno);
  if (connect_number(probe.get(), address) != ECONNREFUSED)
    return fail(errc::in_use, "Another program is already listening at " + path + "." + what_to_set);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return fail_with("Could not replace the socket " + path + " that was left behind", errno);
  return {};
}

} // namespace

result<listening_socket> listening_socket::open(const std::string& path, bool every_user) {
  const auto address = address_of(path);
  if (!address) return tl::unexpected(address.error());
  const mode_t directory_mode = every_user && ::geteuid() == 0 ? 0755 : 0700;
  if (auto made = make_directory(path.substr(0, path.rfind('/')), directory_mode); !made)
    return tl::unexpected(made.error());

  listening_socket made;
  auto held = lock(path);
  if (!held) return tl::unexpected(held.error());
  made.lock_ = std::move(*held);
  if (auto clear = clear_the_way(path, *address); !clear) return tl::unexpected(clear.error());

  made.socket_ = new_socket();
  if (!made.socket_) return fail_with("Could not make a socket", errno);
  // On Linux the file gets the socket's own mode, so it is never wider than wanted, whatever the umask is.
  if (::fchmod(made.socket_.get(), 0600) != 0 ||
      ::bind(made.socket_.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
    return fail_with("Could not make the socket " + path, errno);
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) return fail_with("Could not look at " + path, errno);
  made.path_ = path;
  made.device_ = found.st_dev;
  made.inode_ = found.st_ino;
  if (::chmod(path.c_str(), every_user ? 0666 : 0600) != 0)
    return fail_with("Could not set the permissions of " + path, errno);
  if (::listen(made.socket_.get(), 64) != 0) return fail_with("Could not listen at " + path, errno);
  return made;
}

listening_socket::~listening_socket() {
  struct stat found{};
  if (!path_.empty() && socket_ && ::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ &&
      found.st_ino == inode_)
    ::unlink(path_.c_str());
}

result<unique_fd> connect_socket(const std::string& path) {
  const auto address = address_of(path);
  if (!address) return tl::unexpected(address.error());
  auto socket = new_socket();
  if (!socket) return fail_with("Could not make a socket", errno);
  const auto number = connect_number(socket.get(), *address);
  if (number == 0) return socket;
  if (number == EACCES || number == EPERM)
    return fail(errc::permission_denied, "This account may not connect to " + path + ".");
  return fail(errc::unavailable, "Nobody answers at " + path + " (" + describe(number) + ").");
}

result<peer_credentials> credentials_of(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return fail_with("Could not find out who is at the other end of the socket", errno);
  return peer_credentials{peer.pid, peer.uid};
}

bool may_connect(const peer_credentials& peer, bool every_user, bool logins_only, const login& from) {
  if (peer.user == 0 || peer.user == ::geteuid()) return true;
  return every_user && (!logins_only || from.proven);
}

peer_identity identify(const peer_credentials& peer, const login& from) {
  return {.account = std::to_string(peer.user),
          .user = user_name(peer.user),
          .session = from.session,
          .privileged = peer.user == 0,
          .same_user = peer.user == ::geteuid(),
          .environment = session_environment(peer.process, peer.user)};
}

} // namespace tier2::os
