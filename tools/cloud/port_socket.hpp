#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <tl/expected.hpp>

namespace tier2::cloud {

/// A listening, non-blocking socket on this address (numeric or a name) and port (0: any free one), or an
/// errno value. Without SO_REUSEPORT, with which a second server would silently share the port.
tl::expected<int, int> listening_socket(const std::string& address, std::uint16_t port);

/// An accepted, non-blocking socket without Nagle's delay, or -1 with errno.
int accepted_socket(int listener);

struct socket_name {
  std::string address;
  int port{};
};
/// Who is at the other end, or at ours.
socket_name peer_of(int socket);
socket_name own_name_of(int socket);

/// How many connections each port may have, so that neither takes the descriptors of the other, nor of files.
struct open_file_shares {
  std::size_t console{}, agents{};
};
/// Raises this process's limit of open files to what both ports and the rest need; what each may have of what
/// there is then. Once, before a port opens.
open_file_shares share_open_files(std::size_t console, std::size_t agents);
/// The same of `files` open files; each at least 1.
open_file_shares shares_of(std::size_t files, std::size_t console, std::size_t agents);

} // namespace tier2::cloud
