#include "platform/net/websocket_client.hpp"

#include "platform/net/connector.hpp"
#include "platform/net/endings.hpp"
#include "platform/net/websocket_session.hpp"

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

namespace tier2::net {
namespace {

constexpr auto farewell_time = std::chrono::seconds(1);

class client final : public websocket_client {
public:
  client(options where, callbacks tell)
      : where_(std::move(where)), tell_(std::move(tell)), io_(std::make_shared<asio::io_context>(1)),
        work_(io_->get_executor()), deadline_(*io_), connector_(io_, where_, connector_events()) {
    asio::post(*io_, [this] { begin(); });
    thread_ = std::thread([this] { run(); });
  }
  ~client() override {
    asio::post(*io_, [this] { stop(); });
    thread_.join();
  }
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  void send_text(std::string text) override {
    const auto size = text.size();
    hand_over(size, [this, text = std::move(text)]() mutable { live_->send_text(std::move(text)); });
  }
  void send_binary(std::vector<unsigned char> bytes) override {
    const auto size = bytes.size();
    hand_over(size, [this, bytes = std::move(bytes)]() mutable { live_->send_binary(std::move(bytes)); });
  }
  void close(std::uint16_t code, std::string reason) override {
    asio::post(*io_, [this, code, reason = std::move(reason)]() mutable {
      if (live_ && live_->open()) {
        live_->close(code, std::move(reason));
      } else {
        end({end_reason::stopped, 0, "The connection was given up before it was open."});
      }
    });
  }
  std::size_t buffered_bytes() const override { return ended_ ? std::size_t{0} : buffered_.load(); }

private:
  // An exception, most likely out of a callback, costs this connection and nothing else.
  void run() noexcept {
    for (;;) {
      std::string what;
      try {
        io_->run();
        return;
      } catch (const std::exception& thrown) {
        what = thrown.what();
      } catch (...) {
        what = "an exception of an unknown kind";
      }
      ended_ ? io_->stop() : end({end_reason::stopped, 0, explain_fault(connector_.target(), what)});
    }
  }

  template <class Action>
  void hand_over(std::size_t bytes, Action action) {
    if (ended_ || overflowed_) { // nobody runs the queue any more, or soon nobody will
      return;
    }
    // Judged here and not behind the queue, so that it holds whatever the connection's thread is at.
    if (where_.max_buffered_bytes != 0 && buffered_bytes() + bytes > where_.max_buffered_bytes) {
      overflowed_ = true;
      asio::post(*io_, [this] {
        end(explain_end(websocket_session::end::overflow, {}, connector_.target(), where_));
      });
      return;
    }
    buffered_ += bytes;
    if (buffered_bytes() > where_.low_water_bytes) {
      above_ = true;
    }
    asio::post(*io_, [this, bytes, action = std::move(action)]() mutable {
      if (live_) {
        enter(bytes, action);
        tell_drained();
      } else if (!ended_) {
        early_.push_back(
            [this, bytes, action = std::make_shared<Action>(std::move(action))] { enter(bytes, *action); });
      }
    });
  }

  /// The session counts from now on what was counted when it was handed over.
  template <class Action>
  void enter(std::size_t bytes, Action& action) {
    entering_ = bytes;
    action();
    buffered_ -= std::exchange(entering_, 0); // a session that has ended takes nothing
  }

  /// One change of one number, so that no other thread ever sees a message counted twice or not at all.
  void session_has(std::size_t bytes) {
    buffered_ += bytes - std::exchange(in_session_, bytes) - std::exchange(entering_, 0); // modulo 2^64
  }

  void tell_drained() {
    if (!tell_.on_drained || !live_ || !live_->open() || !above_.exchange(false)) {
      return;
    }
    if (buffered_bytes() > where_.low_water_bytes) { // more was handed over meanwhile
      above_ = true;
    } else {
      tell_.on_drained();
    }
  }

  connector::events connector_events() {
    connector::events e;
    e.on_verified = tell_.on_verified;
    e.on_stream = [this](std::shared_ptr<byte_stream> stream) { upgrade(std::move(stream)); };
    e.on_failure = [this](ended how) { end(std::move(how)); };
    return e;
  }

  void begin() {
    if (ended_) {
      return;
    }
    deadline_.expires_after(std::chrono::milliseconds(where_.connect_timeout_ms));
    deadline_.async_wait([this](std::error_code stopped) {
      if (!stopped) {
        end({end_reason::unreachable, 0,
             explain_too_late(connector_.target(), where_.connect_timeout_ms, connector_.stage())});
      }
    });
    connector_.start(deadline_.expiry());
  }

  void upgrade(std::shared_ptr<byte_stream> stream) {
    websocket_session::limits bounds;
    bounds.ping_interval_ms = where_.ping_interval_ms;
    bounds.dead_after_ms = where_.dead_after_ms;
    bounds.max_message_bytes = where_.max_message_bytes;
    websocket_session::events e;
    e.on_open = [this] {
      deadline_.cancel();
      if (tell_.on_open) {
        tell_.on_open();
      }
    };
    e.on_text = tell_.on_text;
    if (tell_.on_held_text) {
      e.on_text = [this](std::string text) { hold(std::move(text)); };
    }
    e.on_binary = tell_.on_binary;
    e.on_unsent = [this](std::size_t bytes) {
      session_has(bytes);
      tell_drained();
    };
    e.on_ended = [this](websocket_session::end why, const websocket_codec::outcome& how) {
      end(explain_end(why, how, connector_.target(), where_));
    };
    e.on_released = [this] { io_->stop(); };
    live_ = std::make_shared<websocket_session>(std::move(stream), bounds, std::move(e));
    // Receipts may outlive this connection and its thread.
    const auto on_room = [io = std::weak_ptr<asio::io_context>(io_),
                          session = std::weak_ptr<websocket_session>(live_)] {
      if (const auto running = io.lock()) {
        asio::post(*running, [session] {
          if (const auto live = session.lock()) {
            live->resume();
          }
        });
      }
    };
    intake_ = std::make_shared<intake>(where_.max_held_texts, where_.max_held_bytes, on_room);
    for (auto& send : std::exchange(early_, {})) {
      send();
    }
    live_->start_client({bracketed(where_.host), where_.port, where_.path, where_.subprotocol, where_.headers,
                         std::exchange(where_.authorization, {})});
  }

  void hold(std::string text) {
    auto receipt = intake_->take(text.size());
    tell_.on_held_text(std::move(text), std::move(receipt));
    if (intake_->full()) {
      live_->pause();
    }
  }

  void stop() {
    if (live_ && !live_->ended()) {
      live_->stop();
    }
    end(explain_end(websocket_session::end::stopped, {}, connector_.target(), where_));
    // The farewell ends by itself, or now.
    deadline_.expires_after(farewell_time);
    deadline_.async_wait([this](std::error_code) { io_->stop(); });
  }

  void end(ended how) {
    if (ended_.exchange(true)) {
      return;
    }
    early_.clear();
    deadline_.cancel();
    connector_.cancel();
    if (tell_.on_ended) {
      try {
        tell_.on_ended(std::move(how));
      } catch (...) { // NOLINT(bugprone-empty-catch): it was the last word, nobody is left to hear of this
      }
    }
    if (!live_) {
      io_->stop();
    } else if (!live_->ended()) {
      live_->abandon(websocket_session::end::stopped);
    }
  }

  options where_;
  callbacks tell_;
  std::shared_ptr<asio::io_context> io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::steady_timer deadline_; // for connecting, then for the farewell
  connector connector_;
  std::shared_ptr<websocket_session> live_;
  std::shared_ptr<intake> intake_;
  std::vector<std::function<void()>> early_;
  std::atomic<std::size_t> buffered_{};
  std::size_t in_session_{}, entering_{}; // the thread's own
  std::atomic<bool> above_{}, overflowed_{}, ended_{};
  std::thread thread_;
};

} // namespace

std::unique_ptr<websocket_client> websocket_client::connect(options where, callbacks tell) {
  return std::make_unique<client>(std::move(where), std::move(tell));
}

} // namespace tier2::net
