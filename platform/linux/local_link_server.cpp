#include "platform/linux/local_connection.hpp"
#include "platform/linux/local_socket.hpp"

#include <algorithm>
#include <asio/posix/stream_descriptor.hpp>
#include <map>
#include <pthread.h>
#include <sys/socket.h>
#include <thread>

namespace tier2 {

namespace {

constexpr std::size_t max_unsent_bytes = 4U << 20U;
constexpr std::size_t scratch_bytes = 64U << 10U;
constexpr std::chrono::milliseconds pause_when_out_of_descriptors{200};

class unix_server final : public local_link_server {
public:
  unix_server(options where, callbacks tell, os::listening_socket listening)
      : where_{std::move(where)}, tell_{std::move(tell)}, listening_{std::move(listening)},
        acceptor_{io_, listening_.get()}, retry_{io_}, scratch_(scratch_bytes) {
    accept();
    thread_ = std::thread{[this] {
      ::pthread_setname_np(::pthread_self(), "local-link");
      io_.run();
    }};
  }

  ~unix_server() override {
    asio::post(io_, [this] {
      std::map<connection_id, entry> all;
      {
        const std::lock_guard held{mutex_};
        all.swap(connections_);
      }
      for (const auto& [id, each] : all)
        each.link->abandon();
      io_.stop();
    });
    thread_.join();
    acceptor_.release(); // its owner is `listening_`
  }

  void send(connection_id to, wire::local_message what) override {
    if (const auto link = find(to)) link->send(what);
  }
  void close(connection_id which) override {
    if (const auto link = find(which)) link->finish();
  }
  std::uint64_t overflowed() const override { return overflowed_; }
  std::uint64_t refused() const override { return refused_; }
  std::uint64_t malformed() const override { return malformed_; }

private:
  struct entry {
    std::shared_ptr<os::local_connection> link;
    uid_t account{};
    std::optional<uid_t> login;
  };

  std::shared_ptr<os::local_connection> find(connection_id which) {
    const std::lock_guard held{mutex_};
    const auto found = connections_.find(which);
    return found == connections_.end() ? nullptr : found->second.link;
  }

  void accept() {
    acceptor_.async_wait(asio::posix::descriptor_base::wait_read, [this](const asio::error_code& failed) {
      if (failed) return;
      os::unique_fd socket{::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
      if (socket) {
        admit(std::move(socket));
      } else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        // Most likely out of descriptors; the next attempt at once would fail too and burn the processor.
        retry_.expires_after(pause_when_out_of_descriptors);
        return retry_.async_wait([this](const asio::error_code& stopped) {
          if (!stopped) accept();
        });
      }
      accept();
    });
  }

  /// A user may have many thousand accounts (subuid(5)), but has one login.
  bool has_room(uid_t account, const std::optional<uid_t>& login) {
    const std::lock_guard held{mutex_};
    std::uint32_t of_account = 0, of_login = 0;
    for (const auto& [id, each] : connections_) {
      of_account += each.account == account ? 1 : 0;
      of_login += login && each.login == login ? 1 : 0;
    }
    return std::max(of_account, of_login) < where_.connections_per_account &&
           connections_.size() < where_.connections;
  }

  void admit(os::unique_fd socket) {
    const auto credentials = os::credentials_of(socket.get());
    if (!credentials) {
      ++refused_;
      return;
    }
    const auto login = os::login_of(credentials->process, credentials->user);
    const bool welcome = os::may_connect(*credentials, where_.every_user,
                                         where_.logins_only.value_or(os::keeps_logins()), login);
    if (!welcome || !has_room(credentials->user, login.account)) {
      ++refused_;
      return;
    }
    const auto who = os::identify(*credentials, login);
    const auto id = ++last_id_;
    auto link = std::make_shared<os::local_connection>(
        io_, std::move(socket), scratch_, max_unsent_bytes,
        os::local_connection::events{
            .on_message = [this, id](wire::local_message what) { tell_.on_message(id, std::move(what)); },
            .on_end = [this, id](os::local_connection::cause what, const error&) { gone(id, what); }});
    {
      const std::lock_guard held{mutex_};
      connections_[id] = {link, credentials->user, login.account};
    }
    tell_.on_open(id, who);
    link->start();
  }

  void gone(connection_id id, os::local_connection::cause what) {
    {
      const std::lock_guard held{mutex_};
      connections_.erase(id);
    }
    if (what == os::local_connection::cause::bad_frame) ++malformed_;
    if (what == os::local_connection::cause::overflow || what == os::local_connection::cause::unsendable)
      ++overflowed_;
    tell_.on_close(id);
  }

  const options where_;
  const callbacks tell_;
  os::listening_socket listening_;
  asio::io_context io_{1};
  asio::posix::stream_descriptor acceptor_;
  asio::steady_timer retry_;
  private_bytes scratch_;
  connection_id last_id_{};
  std::mutex mutex_; // guards the map
  std::map<connection_id, entry> connections_;
  std::atomic<std::uint64_t> overflowed_{}, refused_{}, malformed_{};
  std::thread thread_;
};

} // namespace

result<std::unique_ptr<local_link_server>> local_link_server::listen(options where, callbacks tell) {
  auto listening = os::listening_socket::open(where.path, where.every_user);
  if (!listening) return tl::unexpected(listening.error());
  return std::make_unique<unix_server>(std::move(where), std::move(tell), std::move(*listening));
}

} // namespace tier2
