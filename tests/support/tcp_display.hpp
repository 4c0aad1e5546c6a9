#pragma once

#include <string>
#include <thread>

namespace tier2::test {

/// Makes a local display reachable over TCP on 127.0.0.1, like a remote one (ssh -X): no descriptors pass.
/// One client only.
class tcp_display {
public:
  explicit tcp_display(const std::string& local_display);
  tcp_display(const tcp_display&) = delete;
  tcp_display& operator=(const tcp_display&) = delete;
  ~tcp_display();
  const std::string& name() const { return name_; }

private:
  void relay(const std::string& socket_path) const;
  int listener_{-1};
  std::string name_;
  std::thread thread_;
};

} // namespace tier2::test
