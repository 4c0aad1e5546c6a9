#include "platform/net/websocket_server.hpp"

#include "platform/net/listener.hpp"
#include "platform/net/silent_records.hpp"
#include "platform/net/tls.hpp"
#include "platform/net/unfinished.hpp"
#include "platform/net/websocket_session.hpp"

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>

namespace tier2::net {
namespace {

using asio::ip::tcp;
constexpr auto farewell_time = std::chrono::seconds(1);

class server final : public websocket_server {
public:
  server(options where, callbacks tell)
      : where_(std::move(where)), tell_(std::move(tell)), io_(1), farewell_(io_),
        // Whatever befalls one, the next is accepted.
        listener_(io_, [this](tcp::socket socket) { guarded([&] { admit(std::move(socket)); }); }),
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
    if (where_.tls) {
      context_ = server_tls(where_.certificate, where_.key, why.what);
      if (!context_) {
        return false;
      }
    }
    if (!listener_.open(where_.address, where_.port, !where_.tls, why)) {
      return false;
    }
    listener_.accept();
    thread_ = std::thread([this] { run(); });
    return true;
  }

  std::uint16_t port() const override { return listener_.port(); }
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
  counts counted() const override {
    return {accepted_, turned_away_, too_late_, overflowed_, dead_, faults_, evicted_, silent_};
  }

private:
  void run() noexcept {
    while (!io_.stopped()) {
      guarded([this] { io_.run(); });
    }
  }
  template <class Action>
  void guarded(Action action) noexcept {
    std::string what;
    try {
      action();
      return;
    } catch (const std::exception& thrown) {
      what = thrown.what();
    } catch (...) {
      what = "an exception of an unknown kind";
    }
    fault(what);
  }
  void fault(const std::string& what) {
    ++faults_;
    if (tell_.on_fault) {
      tell_.on_fault(what);
    }
  }

  websocket_session* find(connection_id id) {
    const auto found = sessions_.find(id);
    return found != sessions_.end() ? found->second.get() : nullptr;
  }

  void admit(tcp::socket socket) {
    std::error_code failed;
    const auto remote = socket.remote_endpoint(failed);
    const std::string address = failed ? std::string() : remote.address().to_string();
    const std::string group = where_.group_of ? where_.group_of(address) : address;
    if (failed || !make_room(group)) {
      ++turned_away_;
      return;
    }
    ++accepted_;
    socket.set_option(tcp::no_delay(true), failed);
    const connection_id id = next_id_++;
    auto stream = std::make_shared<byte_stream>(std::move(socket));
    const auto session = std::make_shared<websocket_session>(stream, bounds(), events_for(id));
    sessions_.emplace(id, session);
    unfinished_.add(id, group);
    session->watch();
    if (!context_) {
      session->start_server(address, false);
      return;
    }
    auto& tls = stream->with_tls(*context_);
    bound_silent_records(tls.native_handle(), silent_);
    tls.async_handshake(asio::ssl::stream_base::server, [weak = std::weak_ptr<websocket_session>(session),
                                                         stream, address](std::error_code refused) {
      const auto live = weak.lock();
      if (live && !live->ended()) {
        refused ? live->abandon(websocket_session::end::by_bytes) : live->start_server(address, true);
      }
    });
  }

  // Who is silent makes room for who comes; who is upgraded stays.
  bool make_room(const std::string& group) {
    if (where_.max_unfinished_per_group != 0 && unfinished_.of(group) >= where_.max_unfinished_per_group) {
      evict(unfinished_.oldest_of(group));
    }
    if (sockets() >= where_.max_connections && unfinished_.oldest() != 0) {
      evict(unfinished_.oldest());
    }
    return sockets() < where_.max_connections;
  }
  // Also those that only say their farewell.
  std::size_t sockets() const { return sessions_.size() - evicted_now_.size(); }
  void evict(connection_id id) {
    ++evicted_;
    evicted_now_.insert(id);
    if (const auto session = sessions_.at(id); !session->ended()) {
      session->abandon(websocket_session::end::stopped);
    }
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
      unfinished_.remove(id);
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
      evicted_now_.erase(id);
      if (stopping_ && sessions_.empty()) {
        io_.stop();
      }
    };
    return e;
  }

  void ended(connection_id id, websocket_session::end why, const websocket_codec::outcome& how) {
    unfinished_.remove(id);
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
    case websocket_session::end::faulted:
      fault(how.text);
      break;
    case websocket_session::end::stopped:
      code = 1001;
      break;
    }
    const auto* session = find(id);
    if (session != nullptr && session->was_open() && tell_.on_close) {
      guarded([&] { tell_.on_close(id, code); });
    }
  }

  void stop() {
    stopping_ = true;
    listener_.close();
    auto open = sessions_; // each stop may end one
    for (const auto& [id, session] : open) {
      session->stop();
    }
    farewell_.expires_after(sessions_.empty() ? std::chrono::seconds(0) : farewell_time);
    farewell_.async_wait([this](std::error_code) { io_.stop(); });
  }

  options where_;
  callbacks tell_;
  asio::io_context io_;
  asio::steady_timer farewell_;
  listener listener_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::unique_ptr<asio::ssl::context> context_;
  std::unordered_map<connection_id, std::shared_ptr<websocket_session>> sessions_;
  unfinished unfinished_;
  std::set<connection_id> evicted_now_; ///< Their sockets are closed, their sessions not released yet.
  connection_id next_id_{1};
  bool stopping_{};
  std::atomic<std::uint64_t> accepted_{}, turned_away_{}, too_late_{}, overflowed_{}, dead_{}, faults_{},
      evicted_{}, silent_{};
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
