#include "tools/cloud/port_loop.hpp"

#include "tools/cloud/address_group.hpp"
#include "tools/cloud/port_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace tier2::cloud {

namespace {

using std::chrono::steady_clock;
using stage = port_connection::stage;

// In the loop's events; connections are numbered from above these.
constexpr waiting_room::id the_listener = 1;
constexpr waiting_room::id the_wake = 2;
constexpr waiting_room::id first_connection = 10;

void signal_event(int descriptor) {
  const std::uint64_t one = 1;
  // It fails only when it is signalled already.
  [[maybe_unused]] const auto written = ::write(descriptor, &one, sizeof one);
}

} // namespace

port_loop::port_loop(SSL_CTX& context, const port_limits& limits, port_counters& counters, callbacks call)
    : context_{context}, limits_{limits}, counters_{counters}, call_{std::move(call)},
      epoll_{::epoll_create1(EPOLL_CLOEXEC)}, wake_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)},
      stopped_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)}, last_id_{first_connection} {}

port_loop::~port_loop() {
  stop();
  all_.clear();
  for (const int each : {epoll_, listener_, wake_, stopped_})
    if (each >= 0) ::close(each);
}

tl::expected<std::uint16_t, int> port_loop::listen(const std::string& address, std::uint16_t port) {
  if (epoll_ < 0 || wake_ < 0 || stopped_ < 0) return tl::unexpected(EMFILE);
  const auto socket = listening_socket(address, port);
  if (!socket) return tl::unexpected(socket.error());
  listener_ = *socket;
  return static_cast<std::uint16_t>(own_name_of(listener_).port);
}

void port_loop::run() {
  watch(EPOLL_CTL_ADD, listener_, EPOLLIN, the_listener);
  watch(EPOLL_CTL_ADD, wake_, EPOLLIN, the_wake);
  thread_ = std::thread{[this] { loop(); }};
}

void port_loop::stop() {
  ending_ = true;
  signal_event(stopped_);
  signal_event(wake_);
  if (thread_.joinable()) thread_.join();
  for (auto& [name, one] : all_)
    one->gone.request_stop();
}

void port_loop::give_back(port_connection& one, bool keep) {
  {
    const std::lock_guard lock{guard_};
    returned_.emplace_back(one.id, keep);
  }
  signal_event(wake_);
}

void port_loop::loop() {
  std::array<epoll_event, 64> events{};
  while (!ending_) {
    auto next = room_.next();
    if (!accepting_ && (!next || accept_again_ < *next)) next = accept_again_;
    int patience = -1;
    if (next) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - steady_clock::now()).count();
      patience = static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
    }
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), patience);
    if (!accepting_ && steady_clock::now() >= accept_again_) accept_some();
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      if (event.data.u64 == the_listener) {
        if (accepting_) accept_some();
      } else if (event.data.u64 == the_wake) {
        take_back();
      } else if (const auto found = all_.find(event.data.u64); found != all_.end()) {
        auto& one = *found->second;
        // Nothing else is asked for while a worker has it.
        if (one.at == stage::busy)
          one.gone.request_stop();
        else
          step(one);
      }
    }
    while (const auto who = room_.overdue(steady_clock::now()))
      late(*all_.at(*who));
  }
}

void port_loop::take_back() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(wake_, &count, sizeof count);
  std::vector<std::pair<id, bool>> returned;
  {
    const std::lock_guard lock{guard_};
    returned.swap(returned_);
  }
  for (const auto& [who, keep] : returned) {
    auto& one = *all_.at(who);
    one.in.erase(0, one.head->bytes + one.head->body_bytes);
    one.in.shrink_to_fit();
    one.head.reset();
    one.looked = 0;
    one.streaming = false;
    one.last = !keep;
    one.since = steady_clock::now();
    one.at = stage::answering;
    answer(one);
  }
}

void port_loop::accept_some() {
  if (!accepting_) watch(EPOLL_CTL_MOD, listener_, EPOLLIN, the_listener);
  accepting_ = true;
  for (int i = 0; i < 64; ++i) {
    const int socket = accepted_socket(listener_);
    if (socket < 0) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno == EAGAIN) return;
      // Out of descriptors or memory: the loop must not spin on the listener until some are free.
      spdlog::error("The console's port cannot accept: {}", std::generic_category().message(errno));
      evict(room_.oldest());
      watch(EPOLL_CTL_MOD, listener_, 0, the_listener);
      accepting_ = false;
      accept_again_ = steady_clock::now() + std::chrono::milliseconds{100};
      return;
    }
    auto one = std::make_unique<port_connection>(context_, socket, counters_.silent);
    auto [address, port] = peer_of(socket);
    ++counters_.accepted;
    one->group = address_group(address);
    if (!make_room(one->group)) {
      note(counters_.refused, "connections found no room");
      continue;
    }
    one->address = std::move(address);
    one->port = port;
    one->id = ++last_id_;
    one->since = one->began = steady_clock::now();
    ++of_group_[one->group];
    ++counters_.open;
    watch(EPOLL_CTL_ADD, socket, EPOLLONESHOT, one->id);
    auto& kept = *all_.emplace(one->id, std::move(one)).first->second;
    step(kept);
  }
}

bool port_loop::make_room(const std::string& group) {
  if (room_.unproven_of(group) >= limits_.unproven_per_address) evict(room_.oldest_unproven_of(group));
  const auto count = [&] {
    const auto found = of_group_.find(group);
    return found == of_group_.end() ? 0 : found->second;
  };
  if (count() >= limits_.per_address) evict(room_.oldest_of(group));
  if (count() >= limits_.per_address) return false;
  if (all_.size() >= limits_.connections) evict(room_.oldest());
  return all_.size() < limits_.connections;
}

void port_loop::evict(std::optional<id> who) {
  if (!who) return;
  note(counters_.evicted, "waiting connections were closed to make room");
  drop(*all_.at(*who));
}

void port_loop::wait(port_connection& one, time until, bool to_write) {
  room_.wait(one.id, {one.group, one.requests > 0, one.since, until});
  arm(one, to_write ? EPOLLOUT : EPOLLIN);
}

// False when the connection itself had to go.
bool port_loop::hold(port_connection& one) {
  const auto has = one.in.capacity() + one.tls.held();
  const auto shared = has > limits_.own_bytes ? has - limits_.own_bytes : 0;
  held_ = held_ - one.held + shared;
  one.held = shared;
  if (shared > 0)
    holders_.emplace(one.since, one.id);
  else
    holders_.erase({one.since, one.id});
  while (held_ > limits_.shared_bytes && !holders_.empty()) {
    const auto oldest = holders_.begin()->second;
    evict(oldest);
    if (oldest == one.id) return false;
  }
  return true;
}

void port_loop::watch(int operation, int descriptor, std::uint32_t events, id name) const {
  epoll_event event{};
  event.events = events;
  event.data.u64 = name;
  ::epoll_ctl(epoll_, operation, descriptor, &event);
}

void port_loop::arm(const port_connection& one, std::uint32_t events) const {
  watch(EPOLL_CTL_MOD, one.tls.socket(), events | EPOLLONESHOT, one.id);
}

void port_loop::drop(port_connection& one) {
  room_.leave(one.id);
  holders_.erase({one.since, one.id});
  held_ -= one.held;
  const auto group = of_group_.find(one.group);
  if (--group->second == 0) of_group_.erase(group);
  --counters_.open;
  all_.erase(one.id);
}

} // namespace tier2::cloud
