#include "platform/net/websocket_client.hpp"

#include "platform/net/proxy.hpp"
#include "platform/net/tls.hpp"
#include "platform/net/websocket_session.hpp"

#include <asio/connect.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/read_until.hpp>
#include <asio/streambuf.hpp>
#include <asio/write.hpp>

#include <atomic>
#include <chrono>
#include <istream>
#include <thread>
#include <utility>

namespace tier2::net {
namespace {

using asio::ip::tcp;
constexpr std::size_t max_proxy_answer = 16384;
constexpr auto farewell_time = std::chrono::seconds(1);

class client final : public websocket_client {
public:
  client(options where, callbacks tell)
      : where_(std::move(where)), tell_(std::move(tell)), io_(std::make_shared<asio::io_context>(1)),
        work_(io_->get_executor()), deadline_(*io_), attempt_(*io_), socket_(*io_) {
    asio::post(*io_, [this] { begin(); });
    thread_ = std::thread([this] { io_->run(); });
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
  std::size_t buffered_bytes() const override { return ended_ ? 0 : in_transit_ + in_session_; }

private:
  template <class Action>
  void hand_over(std::size_t bytes, Action action) {
    if (ended_) { // nobody runs the queue any more
      return;
    }
    in_transit_ += bytes;
    asio::post(*io_, [this, bytes, action = std::move(action)]() mutable {
      if (live_) {
        action();
        in_transit_ -= bytes;
      } else if (!ended_) {
        early_.push_back([this, bytes, action = std::make_shared<Action>(std::move(action))] {
          (*action)();
          in_transit_ -= bytes;
        });
      }
    });
  }

  std::string target() const { return bracketed(where_.host) + ':' + std::to_string(where_.port); }

  // --- from a name to an upgrade request ---

  void begin() {
    if (ended_) {
      return;
    }
    deadline_.expires_after(std::chrono::milliseconds(where_.connect_timeout_ms));
    deadline_.async_wait([this](std::error_code stopped) {
      if (!stopped) {
        end({end_reason::unreachable, 0,
             "No connection with " + target() + " within " +
                 std::to_string(where_.connect_timeout_ms / 1000) + '.' +
                 std::to_string(where_.connect_timeout_ms / 100 % 10) + " seconds: no answer while " +
                 stage_ + "; check the network, the firewall and whether the server is running."});
      }
    });
    if (where_.host.empty()) {
      return end({end_reason::unreachable, 0, "No server is configured; set its name."});
    }
    if (!where_.proxy.empty() && !parse_proxy(where_.proxy, proxy_)) {
      return end(
          {end_reason::unreachable, 0, "The proxy's address is not like \"http://host:port\"; correct it."});
    }
    std::string why;
    context_ = client_tls(where_.ca_file, why);
    if (!context_) {
      return end({end_reason::untrusted, 0, why});
    }
    where_.proxy.empty() ? resolve(where_.host, where_.port) : resolve(proxy_.host, proxy_.port);
  }

  void resolve(const std::string& name, std::uint16_t port) {
    std::error_code not_an_address;
    const auto address = asio::ip::make_address(name, not_an_address);
    if (!not_an_address) {
      endpoints_.emplace_back(address, port);
      return try_next();
    }
    stage_ = "looking up the name " + name;
    // getaddrinfo cannot be cancelled, and whoever stops us must not wait for it: it has a thread of its own,
    // which keeps nothing of ours but the queue. After our end nobody runs what it posts.
    std::thread([this, io = io_, name, port] {
      asio::io_context of_its_own;
      std::error_code failed;
      const auto found = tcp::resolver(of_its_own).resolve(name, std::to_string(port), failed);
      std::vector<tcp::endpoint> endpoints;
      for (const auto& entry : found) {
        endpoints.push_back(entry.endpoint());
      }
      asio::post(*io, [this, failed, name, endpoints = std::move(endpoints)]() mutable {
        resolved(name, failed, std::move(endpoints));
      });
    }).detach();
  }

  void resolved(const std::string& name, std::error_code failed, std::vector<tcp::endpoint> endpoints) {
    if (ended_) {
      return;
    }
    if (failed || endpoints.empty()) {
      return end({end_reason::unreachable, 0,
                  "The name " + name + " could not be looked up (" + failed.message() +
                      "); check its spelling, the network and the DNS settings."});
    }
    endpoints_ = std::move(endpoints);
    try_next();
  }

  void try_next() {
    const auto endpoint = endpoints_[next_endpoint_++];
    stage_ =
        "connecting to " + bracketed(endpoint.address().to_string()) + ':' + std::to_string(endpoint.port());
    socket_ = tcp::socket(*io_);
    // A black hole among several addresses must not eat the whole time.
    const auto left = deadline_.expiry() - std::chrono::steady_clock::now();
    const auto share = left / static_cast<int>(endpoints_.size() - next_endpoint_ + 1);
    if (next_endpoint_ < endpoints_.size()) {
      attempt_.expires_after(share);
      attempt_.async_wait([this](std::error_code stopped) {
        if (!stopped) {
          std::error_code ignored;
          socket_.close(ignored);
        }
      });
    }
    socket_.async_connect(endpoint, [this](std::error_code failed) {
      attempt_.cancel();
      if (ended_) {
        return;
      }
      if (!failed && socket_.is_open()) {
        return connected();
      }
      if (next_endpoint_ < endpoints_.size()) {
        return try_next();
      }
      const std::string whom =
          proxy_.host.empty() ? target()
                              : "the proxy " + bracketed(proxy_.host) + ':' + std::to_string(proxy_.port);
      end({end_reason::unreachable, 0,
           "No connection with " + whom + " (" + failed.message() +
               "); check that it is running, and that no firewall is between."});
    });
  }

  void connected() {
    std::error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    proxy_.host.empty() ? start_tls() : ask_proxy();
  }

  void ask_proxy() {
    stage_ = "waiting for the proxy " + bracketed(proxy_.host) + ':' + std::to_string(proxy_.port);
    proxy_request_ = connect_request(proxy_, where_.host, where_.port);
    asio::async_write(socket_, asio::buffer(proxy_request_), [this](std::error_code failed, std::size_t) {
      if (!ended_) {
        failed ? proxy_answered({}) : await_proxy();
      }
    });
  }
  void await_proxy() {
    asio::async_read_until(
        socket_, proxy_answer_, "\r\n\r\n", [this](std::error_code failed, std::size_t count) {
          if (ended_) {
            return;
          }
          std::string header(count, '\0');
          if (!failed) {
            std::istream(&proxy_answer_).read(header.data(), static_cast<std::streamsize>(count));
          }
          proxy_answered(failed || (proxy_answer_.size() != 0 && connect_status(header) == 200)
                             ? std::string()
                             : header);
        });
  }
  void proxy_answered(const std::string& header) {
    const unsigned status = connect_status(header);
    if (status < 200 || status > 299) {
      return end({end_reason::unreachable, status, explain_proxy(status, proxy_, where_.host, where_.port)});
    }
    start_tls();
  }

  void start_tls() {
    stage_ = "setting up TLS";
    stream_ = std::make_shared<byte_stream>(std::move(socket_));
    auto& tls = stream_->with_tls(*context_);
    if (!demand_identity(tls.native_handle(), where_.host, objection_)) {
      return end(
          {end_reason::untrusted, 0,
           "The server's name \"" + where_.host + "\" cannot be verified; correct the configured name."});
    }
    tls.async_handshake(asio::ssl::stream_base::client, [this, keep = stream_](std::error_code failed) {
      if (ended_) {
        return;
      }
      if (!failed) {
        return upgrade();
      }
      if (objection_.error != 0) {
        return end({end_reason::untrusted, 0, explain(objection_, where_.host)});
      }
      const bool hung_up = failed.category() == asio::error::get_system_category() ||
                           failed == asio::error::eof || failed == asio::ssl::error::stream_truncated;
      if (hung_up) {
        return end({end_reason::unreachable, 0,
                    target() + " ended the connection while TLS was set up (" + failed.message() +
                        "); check the port, and whether a firewall or proxy cuts such connections."});
      }
      end({end_reason::untrusted, 0, explain_handshake(failed, where_.host, where_.port)});
    });
  }

  void upgrade() {
    stage_ = "waiting for the answer to the WebSocket upgrade";
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
    e.on_binary = tell_.on_binary;
    e.on_unsent = [this](std::size_t bytes) { in_session_ = bytes; };
    e.on_ended = [this](websocket_session::end why, const websocket_codec::outcome& how) {
      session_ended(why, how);
    };
    e.on_released = [this] { io_->stop(); };
    live_ = std::make_shared<websocket_session>(stream_, bounds, std::move(e));
    for (auto& send : std::exchange(early_, {})) {
      send();
    }
    live_->start_client(
        {bracketed(where_.host), where_.port, where_.path, where_.subprotocol, where_.headers});
  }

  // --- the end ---

  void session_ended(websocket_session::end why, const websocket_codec::outcome& how) {
    using kind = websocket_codec::outcome::kind;
    switch (why) {
    case websocket_session::end::dead:
      return end(
          {end_reason::dead, 0,
           "Nothing was heard from " + target() + " for " + std::to_string(where_.dead_after_ms / 1000) +
               " seconds, so the connection is taken for dead; the network or the server has gone away."});
    case websocket_session::end::by_bytes:
      break;
    default:
      return end({end_reason::stopped, 0, "The connection with " + target() + " was ended from this side."});
    }
    switch (how.what) {
    case kind::closed:
      return end({end_reason::closed, how.code, how.text});
    case kind::refused:
      return end({end_reason::http_refused, how.code, explain_refusal(how)});
    case kind::broken:
      return end({end_reason::protocol, how.code,
                  target() + " does not speak our protocol: " + how.text +
                      "; check that it is the right server and path, and that its version fits."});
    default:
      return end({end_reason::unreachable, 0,
                  "The connection with " + target() +
                      " was lost without a farewell; the network, a proxy or the "
                      "server has ended it."});
    }
  }

  std::string explain_refusal(const websocket_codec::outcome& how) const {
    std::string advice = "look at the server's log.";
    if (how.code == 401 || how.code == 403) {
      advice = "the server does not accept this machine's credentials: enrol it again.";
    } else if (how.code == 404) {
      advice = "there is no such path: check that this is the right server.";
    } else if (how.code == 407) {
      advice = "a proxy wants a sign-in: set the proxy's address with a user name and password.";
    } else if (how.code == 429 || how.code >= 500) {
      advice = "it may only be busy or starting: try again later.";
    } else if (how.code >= 300 && how.code < 400) {
      advice = "redirects are not followed: configure the server's own address.";
    }
    return target() + " refused the connection to " + where_.path + " with status " +
           std::to_string(how.code) + " (" + how.text.substr(0, 60) + "); " + advice;
  }

  void stop() {
    if (live_ && !live_->ended()) {
      live_->stop();
    }
    end({end_reason::stopped, 0, "The connection with " + target() + " was ended from this side."});
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
    attempt_.cancel();
    std::error_code ignored;
    socket_.close(ignored);
    if (tell_.on_ended) {
      tell_.on_ended(std::move(how));
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
  asio::steady_timer deadline_, attempt_;
  tcp::socket socket_;
  std::unique_ptr<asio::ssl::context> context_;
  proxy_address proxy_;
  std::string stage_{"starting"}, proxy_request_;
  asio::streambuf proxy_answer_{max_proxy_answer};
  std::vector<tcp::endpoint> endpoints_;
  std::size_t next_endpoint_{};
  certificate_objection objection_;
  std::shared_ptr<byte_stream> stream_;
  std::shared_ptr<websocket_session> live_;
  std::vector<std::function<void()>> early_;
  std::atomic<std::size_t> in_transit_{}, in_session_{};
  std::atomic<bool> ended_{};
  std::thread thread_;
};

} // namespace

std::unique_ptr<websocket_client> websocket_client::connect(options where, callbacks tell) {
  return std::make_unique<client>(std::move(where), std::move(tell));
}

} // namespace tier2::net
