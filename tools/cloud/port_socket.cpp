#include "tools/cloud/port_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tier2::cloud {

namespace {

constexpr int backlog = 511;
constexpr rlim_t for_the_rest = 512; // the database, output, tickets, logs

socket_name name_of(int socket, int (*ask)(int, sockaddr*, socklen_t*)) {
  sockaddr_storage where{};
  socklen_t size = sizeof where;
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  auto* const address = reinterpret_cast<sockaddr*>(&where);
  if (ask(socket, address, &size) != 0 || ::getnameinfo(address, size, host.data(), host.size(), port.data(),
                                                        port.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return {};
  return {host.data(), std::atoi(port.data())};
}

} // namespace

tl::expected<int, int> listening_socket(const std::string& address, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0)
    return tl::unexpected(EADDRNOTAVAIL);
  int why = EADDRNOTAVAIL;
  for (const auto* each = found; each != nullptr; each = each->ai_next) {
    const int socket =
        ::socket(each->ai_family, each->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, each->ai_protocol);
    if (socket < 0) {
      why = errno;
      continue;
    }
    const int yes = 1;
    const int no = 0;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (each->ai_family == AF_INET6) ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    if (::bind(socket, each->ai_addr, each->ai_addrlen) == 0 && ::listen(socket, backlog) == 0) {
      ::freeaddrinfo(found);
      return socket;
    }
    why = errno;
    ::close(socket);
  }
  ::freeaddrinfo(found);
  return tl::unexpected(why);
}

int accepted_socket(int listener) {
  const int socket = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket < 0) return -1;
  const int yes = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return socket;
}

socket_name peer_of(int socket) { return name_of(socket, ::getpeername); }
socket_name own_name_of(int socket) { return name_of(socket, ::getsockname); }

open_file_shares share_open_files(std::size_t console, std::size_t agents) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return {console, agents};
  const rlim_t wanted = console + agents + for_the_rest;
  if (files.rlim_cur < wanted) {
    files.rlim_cur = std::min(wanted, files.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &files);
    ::getrlimit(RLIMIT_NOFILE, &files);
  }
  return shares_of(files.rlim_cur, console, agents);
}

open_file_shares shares_of(std::size_t files, std::size_t console, std::size_t agents) {
  if (files >= console + agents + for_the_rest) return {console, agents};
  const std::size_t left = files > 2 * for_the_rest ? files - for_the_rest : files / 2;
  const std::size_t first = std::clamp<std::size_t>(left / 4, 1, console);
  return {first, std::clamp<std::size_t>(left - first, 1, agents)};
}

} // namespace tier2::cloud
