#pragma once

#include "platform/local_link.hpp"
#include "tests/platform/eventually.hpp"

#include <cstring>
#include <map>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace tier2::test {

/// A real server that keeps what it hears.
struct server_end {
  struct heard {
    std::map<local_link_server::connection_id, peer_identity> open;
    std::size_t opened{}, closed{};
    local_link_server::connection_id last{};
    std::vector<wire::local_message> messages;
  };
  watched<heard> state;
  watched<bool> started;
  result<std::unique_ptr<local_link_server>> server;

  explicit server_end(local_link_server::options where, bool echo = false)
      : server{
            local_link_server::listen(std::move(where), {.on_open =
                                                             [this](auto id, const peer_identity& who) {
                                                               state.change([&](heard& all) {
                                                                 all.open[id] = who;
                                                                 all.last = id;
                                                                 ++all.opened;
                                                               });
                                                             },
                                                         .on_message =
                                                             [this, echo](auto id, wire::local_message what) {
                                                               if (echo) ready().send(id, what);
                                                               state.change([&](heard& all) {
                                                                 all.messages.push_back(std::move(what));
                                                               });
                                                             },
                                                         .on_close =
                                                             [this](auto id) {
                                                               state.change([&](heard& all) {
                                                                 all.open.erase(id);
                                                                 ++all.closed;
                                                               });
                                                             }})} {
    started.change([](bool& value) { value = true; });
  }
  // A callback may come before the constructor has stored the server.
  local_link_server& ready() {
    started.wait([](bool value) { return value; });
    return **server;
  }
};

/// A real client that keeps what it hears.
struct client_end {
  struct heard {
    std::vector<wire::local_message> messages;
    std::vector<error> closed;
  };
  watched<heard> state;
  result<std::unique_ptr<local_link_client>> client;

  client_end(const std::string& path, local_link_client::expected_peer who)
      : client{local_link_client::connect(
            path, who,
            {.on_message =
                 [this](wire::local_message what) {
                   state.change([&](heard& all) { all.messages.push_back(std::move(what)); });
                 },
             .on_closed =
                 [this](error why) {
                   state.change([&](heard& all) { all.closed.push_back(std::move(why)); });
                 }})} {}
};

/// A socket that speaks as a test wants: nothing of ours is in between.
class raw_socket {
public:
  explicit raw_socket(const std::string& path) : fd_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  raw_socket(const raw_socket&) = delete;
  raw_socket& operator=(const raw_socket&) = delete;
  ~raw_socket() { close(); }
  bool connected() const { return connected_; }
  bool write(const void* bytes, std::size_t count) const {
    return ::send(fd_, bytes, count, MSG_NOSIGNAL) == static_cast<ssize_t>(count);
  }
  /// Waits for the end of the stream and returns how many bytes came before it.
  std::size_t read_to_end() const {
    std::size_t total = 0;
    char buffer[65536];
    for (ssize_t count = 0; (count = ::read(fd_, buffer, sizeof buffer)) > 0;)
      total += static_cast<std::size_t>(count);
    return total;
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

private:
  int fd_;
  bool connected_{};
};

} // namespace tier2::test
