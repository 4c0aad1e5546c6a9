#include "platform/linux/local_connection.hpp"
#include "platform/linux/local_socket.hpp"

#include <pthread.h>
#include <thread>

namespace tier2 {

namespace {

constexpr std::size_t max_unsent_bytes = 16U << 20U;
constexpr std::size_t scratch_bytes = 64U << 10U;

class unix_client final : public local_link_client {
public:
  unix_client(os::unique_fd socket, callbacks tell)
      : scratch_(scratch_bytes),
        link_{std::make_shared<os::local_connection>(
            io_, std::move(socket), scratch_, max_unsent_bytes,
            os::local_connection::events{
                .on_message = std::move(tell.on_message),
                .on_end = [closed = std::move(tell.on_closed)](os::local_connection::cause, error why) {
                  closed(std::move(why));
                }})} {
    asio::post(io_, [this] { link_->start(); });
    thread_ = std::thread{[this] {
      ::pthread_setname_np(::pthread_self(), "local-link");
      io_.run();
    }};
  }

  ~unix_client() override {
    asio::post(io_, [this] {
      link_->abandon();
      io_.stop();
    });
    thread_.join();
  }

  void send(wire::local_message what) override { link_->send(what); }

private:
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> alive_{io_.get_executor()};
  private_bytes scratch_;
  std::shared_ptr<os::local_connection> link_;
  std::thread thread_;
};

} // namespace

result<std::unique_ptr<local_link_client>> local_link_client::connect(const std::string& path,
                                                                      expected_peer who, callbacks tell) {
  auto socket = os::connect_socket(path);
  if (!socket) return tl::unexpected(socket.error());
  const auto peer = os::credentials_of(socket->get());
  if (!peer) return tl::unexpected(peer.error());
  const auto listener = os::identify(*peer, os::login_of(peer->process, peer->user));
  const bool expected =
      listener.same_user || (listener.privileged && who == expected_peer::privileged_or_same_user);
  if (!expected)
    return fail(errc::permission_denied,
                "The program that listens at " + path + " runs as " + listener.user +
                    ", who must not see what is sent there. Nothing was sent; find out why " + listener.user +
                    " took that path.");
  return std::make_unique<unix_client>(std::move(*socket), std::move(tell));
}

} // namespace tier2
