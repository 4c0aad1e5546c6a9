// What a connection to the operators' port goes through: handshake, requests, answers, the end.
#include "tools/cloud/port_loop.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace tier2::cloud {

namespace {

using std::chrono::steady_clock;
using progress = tls_connection::progress;
using stage = port_connection::stage;

constexpr int most_reads = 64; // of one connection before the next has its turn

constexpr std::string_view no_tls =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
    "This port speaks TLS only: the address begins with https://.\n";

} // namespace

void port_loop::step(port_connection& one) {
  if (one.at == stage::handshake) {
    const auto how = one.tls.shake_hands();
    if (how == progress::wants_read || how == progress::wants_write)
      return wait(one, one.began + limits_.head_time, how == progress::wants_write);
    if (how != progress::done) {
      note(counters_.handshakes_failed, "TLS handshakes failed");
      if (how == progress::plain_http)
        ::send(one.tls.socket(), no_tls.data(), no_tls.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      return linger(one);
    }
    one.at = stage::request;
  }
  if (one.at == stage::request) return read_request(one);
  if (one.at == stage::answering) return answer(one);
  if (one.at == stage::lingering) return discard(one);
}

void port_loop::read_request(port_connection& one) {
  // No more at once than this: who sends byte by byte must not keep the others waiting.
  for (int i = 0; i < most_reads; ++i) {
    if (whole_request(one)) return;
    const bool first_byte = one.in.empty();
    const auto how = one.tls.read(one.in);
    if (how == progress::done) {
      if (first_byte && one.requests > 0) one.began = steady_clock::now();
      if (!hold(one)) return;
      continue;
    }
    if (how != progress::wants_read && how != progress::wants_write) return drop(one);
    return wait_for_request(one, how == progress::wants_write);
  }
  // Nothing is left inside TLS: each read takes a whole record, so that the socket tells of the next.
  if (!whole_request(one)) wait_for_request(one, false);
}

void port_loop::wait_for_request(port_connection& one, bool to_write) {
  wait(one,
       one.head                             ? one.began + limits_.request_time
       : one.in.empty() && one.requests > 0 ? one.since + limits_.idle_time
                                            : one.began + limits_.head_time,
       to_write);
}

// True when there is nothing more to read for now: the request is on its way, or refused.
bool port_loop::whole_request(port_connection& one) {
  if (!one.head) {
    if (one.in.empty()) return false;
    auto head = read_head(one.in, limits_, one.looked);
    if (!head) {
      refuse(one, head.error());
      return true;
    }
    if (!*head) return false;
    one.head = std::move(**head);
    if (one.head->expects_continue && one.in.size() < one.head->bytes + one.head->body_bytes) {
      one.tls.put("HTTP/1.1 100 Continue\r\n\r\n");
      one.tls.flush();
    }
  }
  if (one.in.size() < one.head->bytes + one.head->body_bytes) return false;
  ++one.requests;
  ++counters_.requests;
  one.last = !one.head->keep_alive || one.requests >= limits_.requests_per_connection;
  one.at = stage::busy;
  room_.leave(one.id);
  holders_.erase({one.since, one.id});
  arm(one, EPOLLRDHUP);
  call_.handle(one);
  return true;
}

void port_loop::refuse(port_connection& one, const request_refusal& why) {
  const bool large = why.status == 413 || why.status == 414 || why.status == 431;
  if (large)
    note(counters_.too_large, "requests were too large");
  else if (why.status != 408)
    note(counters_.malformed, "requests were malformed");
  holders_.erase({one.since, one.id});
  one.since = steady_clock::now();
  one.tls.put(call_.refuse(why));
  std::string{}.swap(one.in); // with its memory
  one.head.reset();
  one.last = true;
  one.at = stage::answering;
  answer(one);
}

void port_loop::answer(port_connection& one) {
  const auto how = one.tls.flush();
  if (how == progress::done) return one.last ? linger(one) : next_request(one);
  if (how == progress::closed || how == progress::plain_http) return drop(one);
  if (!hold(one)) return;
  const auto now = steady_clock::now();
  wait(one, std::min(now + limits_.write_time, one.since + 4 * limits_.write_time),
       how == progress::wants_write);
}

void port_loop::next_request(port_connection& one) {
  holders_.erase({one.since, one.id});
  one.since = one.began = steady_clock::now();
  one.at = stage::request;
  if (hold(one)) read_request(one);
}

void port_loop::linger(port_connection& one) {
  holders_.erase({one.since, one.id});
  one.tls.finish();
  std::string{}.swap(one.in); // with its memory
  one.since = steady_clock::now();
  one.at = stage::lingering;
  if (hold(one)) discard(one);
}

// To close a socket that holds unread bytes would reset it, and the peer could lose the answer.
void port_loop::discard(port_connection& one) {
  std::array<char, 16U << 10U> buffer{};
  while (true) {
    const auto count = ::recv(one.tls.socket(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return wait(one, one.since + limits_.linger_time);
    one.discarded += count > 0 ? static_cast<std::size_t>(count) : 0;
    if (count <= 0 || one.discarded > limits_.linger_bytes) return drop(one);
  }
}

void port_loop::late(port_connection& one) {
  room_.leave(one.id);
  if (one.at == stage::answering) note(counters_.slow_readers, "answers were not read in time");
  if (one.at == stage::handshake || (one.at == stage::request && (one.requests == 0 || !one.in.empty())))
    note(counters_.late, "requests did not come in time");
  if (one.at == stage::request && !one.in.empty())
    refuse(one, {408, "timed_out", "The request did not come in time."});
  else
    drop(one);
}

} // namespace tier2::cloud
