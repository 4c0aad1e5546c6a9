#pragma once

#include "platform/net/websocket_client.hpp"
#include "platform/net/websocket_server.hpp"
#include "tests/platform/eventually.hpp"
#include "tests/platform/temporary_directory.hpp"
#include "tests/support/certificates.hpp"

#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tier2::test {

using net::websocket_client;
using net::websocket_server;
using bytes = std::vector<unsigned char>;

/// The system's roots are none of a test's business (and cost a client 50 ms): here the system has none.
inline const bool no_system_roots =
    setenv("SSL_CERT_FILE", "/nonexistent", 1) == 0 && setenv("SSL_CERT_DIR", "/nonexistent", 1) == 0;

/// A root and a loopback certificate that all tests of this program share.
struct test_roots {
  temporary_directory directory;
  certificate_authority authority{directory.path()};
  issued_certificate loopback = authority.loopback();
};
inline const test_roots& roots() {
  static const test_roots made;
  return made;
}

/// Our client, with everything it says kept.
class client_end {
public:
  struct seen {
    bool open{};
    std::vector<std::string> texts;
    std::vector<bytes> binaries;
    std::vector<websocket_client::ended> ends;
  };
  static websocket_client::options to(std::uint16_t port) {
    websocket_client::options o;
    o.host = "127.0.0.1";
    o.port = port;
    o.ca_file = roots().authority.root();
    return o;
  }
  explicit client_end(websocket_client::options where) {
    websocket_client::callbacks c;
    c.on_open = [this] { heard.change([](seen& s) { s.open = true; }); };
    c.on_text = [this](std::string t) { heard.change([&](seen& s) { s.texts.push_back(std::move(t)); }); };
    c.on_binary = [this](bytes b) { heard.change([&](seen& s) { s.binaries.push_back(std::move(b)); }); };
    c.on_ended = [this](websocket_client::ended e) {
      heard.change([&](seen& s) { s.ends.push_back(std::move(e)); });
    };
    connection = websocket_client::connect(std::move(where), std::move(c));
  }
  bool opens() {
    heard.wait([](const seen& s) { return s.open || !s.ends.empty(); });
    return heard.get().open;
  }
  websocket_client::ended end() {
    heard.wait([](const seen& s) { return !s.ends.empty(); });
    const auto ends = heard.get().ends;
    return ends.empty() ? websocket_client::ended{} : ends.front();
  }

  watched<seen> heard;
  std::unique_ptr<websocket_client> connection;
};

/// Our server: accepts every upgrade with the agent's subprotocol, answers echoes unless told otherwise.
class server_end {
public:
  struct seen {
    std::vector<websocket_server::connection_id> opened;
    std::map<websocket_server::connection_id, std::uint16_t> closed;
    std::vector<websocket_server::request> requests, upgrades;
    std::vector<std::string> texts;
    std::vector<bytes> binaries;
  };
  static websocket_server::options with_tls() {
    websocket_server::options o;
    o.certificate = roots().loopback.certificate;
    o.key = roots().loopback.key;
    return o;
  }
  static websocket_server::options plain() {
    websocket_server::options o;
    o.tls = false;
    return o;
  }
  explicit server_end(websocket_server::options where = with_tls()) {
    websocket_server::callbacks c;
    c.on_request = [this](const websocket_server::request& r) {
      heard.change([&](seen& s) { s.requests.push_back(r); });
      return answer;
    };
    c.on_upgrade = [this](websocket_server::connection_id, const websocket_server::request& r) {
      heard.change([&](seen& s) { s.upgrades.push_back(r); });
      return verdict;
    };
    c.on_open = [this](auto id) { heard.change([&](seen& s) { s.opened.push_back(id); }); };
    c.on_text = [this](auto id, std::string t) {
      if (echo) server->send_text(id, t);
      heard.change([&](seen& s) { s.texts.push_back(std::move(t)); });
    };
    c.on_binary = [this](auto id, bytes b) {
      if (echo) server->send_binary(id, b);
      heard.change([&](seen& s) { s.binaries.push_back(std::move(b)); });
    };
    c.on_close = [this](auto id, std::uint16_t code) { heard.change([&](seen& s) { s.closed[id] = code; }); };
    server = websocket_server::listen(std::move(where), std::move(c), why);
  }
  std::uint16_t port() const { return server->port(); }
  /// The first connection's id.
  websocket_server::connection_id first() {
    heard.wait([](const seen& s) { return !s.opened.empty(); });
    return heard.get().opened.at(0);
  }
  std::optional<std::uint16_t> closed(websocket_server::connection_id id) {
    heard.wait([&](const seen& s) { return s.closed.count(id) != 0; });
    const auto now = heard.get().closed;
    return now.count(id) != 0 ? std::optional(now.at(id)) : std::nullopt;
  }

  watched<seen> heard;
  websocket_server::upgrade verdict{true, "tier2.v1", 403};
  websocket_server::response answer;
  bool echo{true};
  websocket_server::failure why;
  std::unique_ptr<websocket_server> server;
};

} // namespace tier2::test
