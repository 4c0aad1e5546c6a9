#include "platform/net/connector.hpp"

#include "platform/net/chain_trust.hpp"
#include "platform/net/tls.hpp"

#include <asio/post.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>

#include <algorithm>
#include <istream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace tier2::net {

using asio::ip::tcp;

namespace {

constexpr std::size_t max_proxy_answer = 16384;

/// RFC 6761, 6.3: such a name is this machine without being looked up, whatever files and servers say.
bool is_localhost(std::string name) {
  name.insert(name.begin(), '.');
  if (name.back() == '.') {
    name.pop_back();
  }
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  constexpr std::string_view wanted = ".localhost";
  return name.size() >= wanted.size() &&
         name.compare(name.size() - wanted.size(), wanted.size(), wanted) == 0;
}

} // namespace

connector::connector(std::shared_ptr<asio::io_context> io, const websocket_client::options& where,
                     events tell)
    : io_(std::move(io)), where_(where), tell_(std::move(tell)), attempt_(*io_), socket_(*io_),
      proxy_answer_(max_proxy_answer) {}

void connector::start(std::chrono::steady_clock::time_point until) {
  until_ = until;
  if (where_.host.empty()) {
    return fail(reason::unreachable, 0, "No server is configured; set its name.");
  }
  if (!where_.proxy.empty() && !parse_proxy(where_.proxy, proxy_)) {
    return fail(reason::unreachable, 0, "The proxy's address is not like 'http://host:port'; correct it.");
  }
  std::string why;
  context_ = client_tls(where_.ca_file, where_.crl_file, why);
  if (!context_) {
    return fail(reason::untrusted, 0, why);
  }
  where_.proxy.empty() ? resolve(where_.host, where_.port) : resolve(proxy_.host, proxy_.port);
}

void connector::cancel() {
  over_ = true;
  attempt_.cancel();
  std::error_code ignored;
  socket_.close(ignored);
  if (const auto half_made = std::exchange(stream_, {})) {
    half_made->abort();
  }
}

void connector::fail(reason why, std::uint32_t code, std::string text) {
  if (!over_) {
    cancel();
    tell_.on_failure({why, code, std::move(text)});
  }
}

void connector::resolve(const std::string& name, std::uint16_t port) {
  std::error_code not_an_address;
  const auto address = asio::ip::make_address(name, not_an_address);
  if (!not_an_address) {
    endpoints_.emplace_back(address, port);
    return try_next();
  }
  if (is_localhost(name)) {
    endpoints_ = {{asio::ip::address_v4::loopback(), port}, {asio::ip::address_v6::loopback(), port}};
    return try_next();
  }
  stage_ = "looking up the name " + name;
  // getaddrinfo cannot be cancelled, and whoever stops us must not wait for it: it has a thread of its own,
  // which keeps nothing of ours but the queue. After our end nobody runs what it posts.
  std::thread([this, io = io_, name, port] {
    try {
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
    } catch (...) { // for want of memory: the time limit for connecting says that nothing came
    }
  }).detach();
}

void connector::resolved(const std::string& name, std::error_code failed,
                         std::vector<tcp::endpoint> endpoints) {
  if (over_) {
    return;
  }
  if (failed || endpoints.empty()) {
    return fail(reason::unreachable, 0,
                "The name " + name + " could not be looked up (" + failed.message() +
                    "); check its spelling, the network and the DNS settings.");
  }
  endpoints_ = std::move(endpoints);
  try_next();
}

void connector::try_next() {
  const auto endpoint = endpoints_[next_endpoint_++];
  stage_ =
      "connecting to " + bracketed(endpoint.address().to_string()) + ':' + std::to_string(endpoint.port());
  socket_ = tcp::socket(*io_);
  // A black hole among several addresses must not eat the whole time.
  const auto left = until_ - std::chrono::steady_clock::now();
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
    if (over_) {
      return;
    }
    if (!failed && socket_.is_open()) {
      return connected();
    }
    next_endpoint_ < endpoints_.size() ? try_next() : not_connected(failed);
  });
}

void connector::not_connected(std::error_code failed) {
  fail(reason::unreachable, 0,
       "No connection with " + (proxy_.host.empty() ? target() : "the proxy " + proxy_name()) + " (" +
           failed.message() + "); check that it is running, and that no firewall is between.");
}

void connector::connected() {
  std::error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  proxy_.host.empty() ? start_tls() : ask_proxy();
}

void connector::ask_proxy() {
  stage_ = "waiting for the proxy " + proxy_name();
  proxy_request_ = connect_request(proxy_, where_.host, where_.port);
  asio::async_write(socket_, asio::buffer(proxy_request_), [this](std::error_code failed, std::size_t) {
    if (!over_) {
      failed ? proxy_answered({}) : await_proxy();
    }
  });
}

void connector::await_proxy() {
  asio::async_read_until(
      socket_, proxy_answer_, "\r\n\r\n", [this](std::error_code failed, std::size_t count) {
        if (over_) {
          return;
        }
        std::string header(count, '\0');
        if (!failed) {
          std::istream(&proxy_answer_).read(header.data(), static_cast<std::streamsize>(count));
        }
        // The server speaks only after us, so bytes behind a proxy's yes are nobody's.
        const bool more = proxy_answer_.size() != 0 && connect_status(header) == 200;
        proxy_answered(failed || more ? std::string() : header);
      });
}

void connector::proxy_answered(const std::string& header) {
  const unsigned status = connect_status(header);
  if (status < 200 || status > 299) {
    return fail(reason::unreachable, status, explain_proxy(status, proxy_, where_.host, where_.port));
  }
  start_tls();
}

void connector::start_tls() {
  stage_ = "setting up TLS";
  stream_ = std::make_shared<byte_stream>(std::move(socket_));
  auto& tls = stream_->with_tls(*context_);
  if (!demand_identity(tls.native_handle(), where_.host, objection_)) {
    return fail(reason::untrusted, 0,
                "The server's name '" + where_.host + "' cannot be verified; correct the configured name.");
  }
  auto* ssl = tls.native_handle();
  tls.async_handshake(asio::ssl::stream_base::client, [this, ssl, keep = stream_](std::error_code failed) {
    if (over_) {
      return;
    }
    if (failed) {
      return handshake_failed(failed);
    }
    if (tell_.on_verified) {
      tell_.on_verified(trust_of(ssl));
    }
    over_ = true;
    stage_ = "waiting for the answer to the WebSocket upgrade";
    tell_.on_stream(std::exchange(stream_, {}));
  });
}

void connector::handshake_failed(std::error_code failed) {
  if (objection_.error != 0) {
    return fail(reason::untrusted, 0, explain(objection_, where_.host, where_.crl_file));
  }
  const bool hung_up = failed.category() == asio::error::get_system_category() ||
                       failed == asio::error::eof || failed == asio::ssl::error::stream_truncated;
  if (hung_up) {
    return fail(reason::unreachable, 0,
                target() + " ended the connection while TLS was set up (" + failed.message() +
                    "); check the port, and whether a firewall or proxy cuts such connections.");
  }
  fail(reason::untrusted, 0, explain_handshake(failed, where_.host, where_.port));
}

} // namespace tier2::net
