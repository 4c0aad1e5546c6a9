#include "tests/support/tcp_display.hpp"

#include <array>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace tier2::test {

namespace {

constexpr int first_port = 6000; // display 0
constexpr int first_display = 100;

/// False when one end has closed.
bool pass_on(int from, int to) {
  std::array<char, 65536> buffer{};
  const auto got = read(from, buffer.data(), buffer.size());
  if (got <= 0) return false;
  for (ssize_t sent = 0; sent < got;) {
    const auto more = send(to, buffer.data() + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
    if (more <= 0) return false;
    sent += more;
  }
  return true;
}

} // namespace

tcp_display::tcp_display(const std::string& local_display)
    : listener_{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  for (int display = first_display; display < first_display + 1000 && name_.empty(); ++display) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(first_port + display));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
      name_ = "127.0.0.1:" + std::to_string(display);
  }
  if (name_.empty() || listen(listener_, 1) != 0) throw std::runtime_error{"no port is free for a display"};
  thread_ = std::thread{[this, path = "/tmp/.X11-unix/X" + local_display.substr(1)] { relay(path); }};
}

tcp_display::~tcp_display() {
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

void tcp_display::relay(const std::string& socket_path) const {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket_path.c_str(), sizeof address.sun_path - 1);
  const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::array<pollfd, 2> ends{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
  bool open = connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  while (open && poll(ends.data(), ends.size(), -1) > 0) {
    if (ends[0].revents != 0) open = pass_on(client, server);
    if (open && ends[1].revents != 0) open = pass_on(server, client);
  }
  close(client);
  close(server);
}

} // namespace tier2::test
