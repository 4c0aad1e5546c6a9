#include "tools/cloud/request_stream.hpp"

#include "tools/cloud/port_socket.hpp"

#include <algorithm>
#include <array>
#include <poll.h>

namespace tier2::cloud {

ssize_t request_stream::read(char* into, std::size_t size) {
  const std::string_view head{one_.head->for_library};
  const auto body = std::string_view{one_.in}.substr(one_.head->bytes, one_.head->body_bytes);
  const auto rest = read_ < head.size() ? head.substr(read_) : body.substr(read_ - head.size());
  const auto count = std::min(size, rest.size());
  std::copy_n(rest.data(), count, into);
  read_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t request_stream::write(const char* bytes, std::size_t size) {
  if (one_.streaming && one_.gone.stop_requested()) return -1;
  one_.tls.put({bytes, size});
  if (one_.streaming && !send()) return -1;
  return static_cast<ssize_t>(size);
}

bool request_stream::send() {
  using std::chrono::steady_clock;
  const auto until = steady_clock::now() + limits_.write_time;
  while (true) {
    const auto how = one_.tls.flush();
    if (how == tls_connection::progress::done) return true;
    if (how == tls_connection::progress::closed) return false;
    const short wanted = how == tls_connection::progress::wants_read ? POLLIN : POLLOUT;
    std::array<pollfd, 2> ready{{{one_.tls.socket(), wanted, 0}, {stopping_, POLLIN, 0}}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now()).count();
    const int count = left <= 0 ? 0 : ::poll(ready.data(), ready.size(), static_cast<int>(left));
    if (count == 0) ++counters_.slow_readers;
    if ((count <= 0 && errno != EINTR) || count == 0 || ready[1].revents != 0) return false;
  }
}

void request_stream::get_remote_ip_and_port(std::string& address, int& port) const {
  address = one_.address;
  port = one_.port;
}

void request_stream::get_local_ip_and_port(std::string& address, int& port) const {
  auto own = own_name_of(one_.tls.socket());
  address = std::move(own.address);
  port = own.port;
}

} // namespace tier2::cloud
