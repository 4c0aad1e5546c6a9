#pragma once

#include "tools/cloud/port_connection.hpp"

#include <httplib.h>

namespace tier2::cloud {

/// What the library reads a whole request from, and puts its answer into.
class request_stream final : public httplib::Stream {
public:
  /// `stopping` is readable once the server ends.
  request_stream(port_connection& one, const port_limits& limits, port_counters& counters, int stopping)
      : one_{one}, limits_{limits}, counters_{counters}, stopping_{stopping} {}

  bool is_readable() const override { return true; }
  /// False when the peer has left or the server ends.
  bool is_writable() const override { return !one_.gone.stop_requested(); }
  /// 0 at the request's end.
  ssize_t read(char* into, std::size_t size) override;
  /// Into memory; when the answer streams, from there to the peer, in no more than `write_time`.
  ssize_t write(const char* bytes, std::size_t size) override;
  void get_remote_ip_and_port(std::string& address, int& port) const override;
  void get_local_ip_and_port(std::string& address, int& port) const override;
  /// None: the library would refuse those that are 1024 or higher, and has no other use for it.
  socket_t socket() const override { return INVALID_SOCKET; }

private:
  bool send();
  port_connection& one_;
  const port_limits& limits_;
  port_counters& counters_;
  int stopping_;
  std::size_t read_{};
};

} // namespace tier2::cloud
