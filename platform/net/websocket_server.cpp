#include "platform/net/websocket_server.hpp"

#include "platform/net/proxy.hpp"
#include "platform/net/tls.hpp"
#include "platform/net/websocket_session.hpp"

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <atomic>
#include <chrono>
#include <thread>
#include <unordered_map>
#include <utility>

namespace tier2::net {
namespace {

using asio::ip::tcp;
constexpr auto farewell_time = std::chrono::seconds(1);
constexpr auto accept_pause = std::chrono::milliseconds(500);

std::string explain_listen(std::error_code failed, const std::string& address, std::uint16_t port) {
  const std::string where = bracketed(address) + ':' + std::to_string(port);
  const std::string consequence = "Cannot listen on " + where + ", so nobody can connect: ";
  if (failed == asio::error::address_in_use) {
    return consequence +
           "another program, or another copy of this one, already uses that port; end it (\"ss -ltnp\" "
           "names it) or configure another port.";
  }
  if (failed == asio::error::access_denied) {
    return consequence +
           "no permission; ports below 1024 need root or CAP_NET_BIND_SERVICE: give it, or configure a "
           "higher port.";
  }
  if (failed.value() == EADDRNOTAVAIL) {
    return consequence +
           "this computer has no such address; configure one of its own (\"ip address\" lists them), or "
           "0.0.0.0 for all.";
  }
  return consequence + failed.message() + "; check the configured address and port.";
}

class server final : public websocket_server {
public:
  server(options where, callbacks tell)
      : where_(std::move(where)), tell_(std::move(tell)), io_(1), acceptor_(io_), pause_(io_),
        work_(io_.get_executor()) {}
  ~server() override {
    if (thread_.joinable()) {
      asio::post(io_, [this] { stop(); });
      thread_.join();
    }
  }
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  bool open(failure& why) {
    std::error_code failed;
    const auto address = asio::ip::make_address(where_.address, failed);
    if (failed) {
      why.what = '"' + where_.address +
                 "\" is not an IP address, so there is nothing to listen on; configure one like " +
                 "127.0.0.1, ::1 or 0.0.0.0.";
      return false;
    }
    if (!where_.tls && !address.is_loopback()) {
      why.what = "Without TLS it is not allowed to listen on " + where_.address +
                 ", since anyone on the network could "
                 "read along; configure a certificate, or listen on 127.0.0.1.";
      return false;
    }
    if (where_.tls) {
      context_ = server_tls(where_.certificate, where_.key, why.what);
      if (!context_) {
        return false;
      }
    }
    const tcp::endpoint endpoint(address, where_.port);
    acceptor_.open(endpoint.protocol(), failed);
    if (!failed) {
      acceptor_.set_option(tcp::acceptor::reuse_address(true), failed);
    }
    if (!failed) {
      acceptor_.bind(endpoint, failed);
    }
    if (!failed) {
      acceptor_.listen(tcp::acceptor::max_listen_connections, failed);
    }
    if (failed) {
      why.in_use = failed == asio::error::address_in_use;
      why.what = explain_listen(failed, where_.address, where_.port);
      return false;
    }
    port_ = acceptor_.local_endpoint(failed).port();
    accept();
    thread_ = std::thread([this] { io_.run(); });
    return true;
  }

  std::uint16_t port() const override { return port_; }
  void send_text(connection_id to, std::string text) override {
    asio::post(io_, [this, to, text = std::move(text)]() mutable {
      if (auto* session = find(to)) {
        session->send_text(std::move(text));
      }
    });
  }
  void send_binary(connection_id to, std::vector<unsigned char> bytes) override {
    asio::post(io_, [this, to, bytes = std::move(bytes)]() mutable {
      if (auto* session = find(to)) {
        session->send_binary(std::move(bytes));
      }
    });
  }
  void close(connection_id which, std::uint16_t code, std::string reason) override {
    asio::post(io_, [this, which, code, reason = std::move(reason)]() mutable {
      if (auto* session = find(which)) {
        session->close(code, std::move(reason));
      }
    });
  }
  void post(std::function<void()> what) override { asio::post(io_, std::move(what)); }
  counts counted() const override { return {accepted_, turned_away_, too_late_, overflowed_, dead_}; }

private:
  websocket_session* find(connection_id id) {
    const auto found = sessions_.find(id);
    return found != sessions_.end() ? found->second.get() : nullptr;
  }

  void accept() {
    acceptor_.async_accept([this](std::error_code failed, tcp::socket socket) {
      if (!acceptor_.is_open()) {
        return;
      }
      if (failed == asio::error::no_descriptors || failed == asio::error::no_memory ||
          failed == asio::error::no_buffer_space) {
        // Until some connection ends, accepting again at once would only spin.
        pause_.expires_after(accept_pause);
        pause_.async_wait([this](std::error_code stopped) {
          if (!stopped) {
            accept();
          }
        });
        return;
      }
      if (!failed) {
        admit(std::move(socket));
      }
      accept();
    });
  }

  void admit(tcp::socket socket) {
    std::error_code failed;
    const auto remote = socket.remote_endpoint(failed);
    if (failed || sessions_.size() >= where_.max_connections) {
      ++turned_away_;
      return;
    }
    ++accepted_;
    socket.set_option(tcp::no_delay(true), failed);
    const connection_id id = next_id_++;
    auto stream = std::make_shared<byte_stream>(std::move(socket));
    const auto session = std::make_shared<websocket_session>(stream, bounds(), events_for(id));
    sessions_.emplace(id, session);
    session->watch();
    const std::string address = remote.address().to_string();
    if (!context_) {
      session->start_server(address, false);
      return;
    }
    stream->with_tls(*context_).async_handshake(
        asio::ssl::stream_base::server,
        [weak = std::weak_ptr<websocket_session>(session), stream, address](std::error_code refused) {
          const auto live = weak.lock();
          if (live && !live->ended()) {
            refused ? live->abandon(websocket_session::end::by_bytes) : live->start_server(address, true);
          }
        });
  }

  websocket_session::limits bounds() const {
    websocket_session::limits l;
    l.ping_interval_ms = where_.ping_interval_ms;
    l.dead_after_ms = where_.dead_after_ms;
    l.upgrade_timeout_ms = where_.upgrade_timeout_ms;
    l.max_message_bytes = where_.max_message_bytes;
    l.max_buffered_bytes = where_.max_buffered_bytes;
    return l;
  }

  websocket_session::events events_for(connection_id id) {
    websocket_session::events e;
    e.on_request = tell_.on_request;
    if (tell_.on_upgrade) {
      e.on_upgrade = [this, id](const request& r) { return tell_.on_upgrade(id, r); };
    }
    e.on_open = [this, id] {
      if (tell_.on_open) {
        tell_.on_open(id);
      }
    };
    e.on_text = [this, id](std::string text) {
      if (tell_.on_text) {
        tell_.on_text(id, std::move(text));
      }
    };
    e.on_binary = [this, id](std::vector<unsigned char> bytes) {
      if (tell_.on_binary) {
        tell_.on_binary(id, std::move(bytes));
      }
    };
    e.on_ended = [this, id](websocket_session::end why, const websocket_codec::outcome& how) {
      ended(id, why, how);
    };
    e.on_released = [this, id] {
      sessions_.erase(id);
      if (stopping_ && sessions_.empty()) {
        io_.stop();
      }
    };
    return e;
  }

  void ended(connection_id id, websocket_session::end why, const websocket_codec::outcome& how) {
    std::uint16_t code = 1006;
    switch (why) {
    case websocket_session::end::by_bytes:
      code = how.code != 0 ? static_cast<std::uint16_t>(how.code) : code;
      break;
    case websocket_session::end::late:
      ++too_late_;
      break;
    case websocket_session::end::dead:
      ++dead_;
      break;
    case websocket_session::end::overflow:
      ++overflowed_;
      code = 1008;
      break;
    case websocket_session::end::stopped:
      code = 1001;
      break;
    }
    const auto* session = find(id);
    if (session != nullptr && session->was_open() && tell_.on_close) {
      tell_.on_close(id, code);
    }
  }

  void stop() {
    std::error_code ignored;
    stopping_ = true;
    acceptor_.close(ignored);
    auto open = sessions_; // each stop may end one
    for (const auto& [id, session] : open) {
      session->stop();
    }
    pause_.expires_after(sessions_.empty() ? std::chrono::seconds(0) : farewell_time);
    pause_.async_wait([this](std::error_code) { io_.stop(); });
  }

  options where_;
  callbacks tell_;
  asio::io_context io_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::unique_ptr<asio::ssl::context> context_;
  std::unordered_map<connection_id, std::shared_ptr<websocket_session>> sessions_;
  connection_id next_id_{1};
  std::uint16_t port_{};
  bool stopping_{};
  std::atomic<std::uint64_t> accepted_{}, turned_away_{}, too_late_{}, overflowed_{}, dead_{};
  std::thread thread_;
};

} // namespace

std::unique_ptr<websocket_server> websocket_server::listen(options where, callbacks tell, failure& why) {
  auto made = std::make_unique<server>(std::move(where), std::move(tell));
  if (!made->open(why)) {
    return nullptr;
  }
  return made;
}

} // namespace tier2::net
