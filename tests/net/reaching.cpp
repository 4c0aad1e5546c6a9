#include "tests/net/ends.hpp"
#include "tests/net/peer.hpp"

#include <doctest/doctest.h>

#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace tier2::test;
using reason = websocket_client::end_reason;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

asio::awaitable<void> says_nothing(asio::ip::tcp::socket socket) {
  char ignored[4096];
  for (;;) {
    co_await socket.async_read_some(asio::buffer(ignored), asio::use_awaitable);
  }
}

std::string accept_upgrade(const std::string& header) {
  return peer::accepted(header, "Sec-WebSocket-Protocol: tier2.v1\r\n");
}

} // namespace

TEST_CASE("a name that does not exist is unreachable") {
  auto where = client_end::to(1);
  where.host = "no-such-host.invalid";
  client_end client(where);
  const auto end = client.end();
  CHECK(end.why == reason::unreachable);
  CHECK(contains(end.text, "no-such-host.invalid"));
}

TEST_CASE(
    "a name of this machine is reached without being looked up, and a name that only looks like one is not") {
  server_end server;
  auto where = client_end::to(server.port());
  for (const auto* const name : {"localhost", "LocalHost"}) {
    CAPTURE(name);
    where.host = name;
    CHECK(client_end(where).opens());
  }
  where.host = "cloud.localhost"; // it is reached, and has no certificate for that
  CHECK(client_end(where).end().why == reason::untrusted);
  for (const auto* const name : {"notlocalhost.invalid", "localhost.invalid", "xlocalhost"}) {
    CAPTURE(name);
    where.host = name;
    CHECK(client_end(where).end().why == reason::unreachable);
  }
}

TEST_CASE("no name at all is unreachable, never a server that anyone may be") {
  auto where = client_end::to(1);
  where.host.clear();
  CHECK(client_end(where).end().why == reason::unreachable);
}

TEST_CASE("a port where nobody listens is unreachable") {
  client_end client(client_end::to(free_port()));
  const auto end = client.end();
  CHECK(end.why == reason::unreachable);
  CHECK(contains(end.text, "check that it is running"));
}

TEST_CASE("a peer that never answers is unreachable after the time for connecting") {
  const peer hole(says_nothing);
  auto where = client_end::to(hole.port());
  where.connect_timeout_ms = 50;
  SUBCASE("instead of TLS") {}
  SUBCASE("as the proxy") { where.proxy = "http://127.0.0.1:" + std::to_string(hole.port()); }
  client_end client(where);
  const auto end = client.end();
  CHECK(end.why == reason::unreachable);
  CHECK(contains(end.text, "within 0.0 seconds"));
}

TEST_CASE("a peer that answers TLS but never the upgrade is unreachable after the time for connecting") {
  const peer mute(peer::says_over_tls([](const std::string&) { return std::string(); }));
  auto where = client_end::to(mute.port());
  where.connect_timeout_ms = 1000;
  client_end client(where);
  const auto end = client.end();
  CHECK(end.why == reason::unreachable);
  CHECK(contains(end.text, "within 1.0 seconds"));
}

TEST_CASE("letting go while a black hole is being reached does not wait for its time to pass") {
  const peer hole(says_nothing);
  auto where = client_end::to(hole.port());
  where.connect_timeout_ms = 3600U * 1000U;
  client_end client(where);
  client.connection.reset();
  CHECK(client.heard.get().ends.size() == 1);
  CHECK(client.end().why == reason::stopped);
}

TEST_CASE("through a proxy the same connection works, and the proxy is told nothing but the address") {
  server_end server;
  watched<std::string> seen;
  const peer proxy(
      peer::connect_proxy(200, [&](const std::string& h) { seen.change([&](auto& s) { s = h; }); }));
  auto where = client_end::to(server.port());
  where.authorization = "Bearer secret";
  where.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
  SUBCASE("open to all") {}
  SUBCASE("with a password") { where.proxy.insert(7, "user:pass@"); }
  client_end client(where);
  REQUIRE(client.opens());
  client.connection->send_text("through");
  CHECK(client.heard.wait([](const auto& s) { return s.texts == std::vector<std::string>{"through"}; }));
  const auto target = "127.0.0.1:" + std::to_string(server.port());
  const bool password = contains(where.proxy, "@");
  CHECK(seen.get() == "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n" +
                          (password ? "Proxy-Authorization: Basic dXNlcjpwYXNz\r\n" : "") + "\r\n");
}

TEST_CASE("a proxy that refuses is told from the server, with what to do") {
  unsigned status{};
  std::string advice;
  SUBCASE("407") {
    status = 407;
    advice = "user name and password";
  }
  SUBCASE("403") {
    status = 403;
    advice = "ask whoever runs it";
  }
  SUBCASE("502") {
    status = 502;
    advice = "check that the proxy can resolve";
  }
  const peer proxy(peer::connect_proxy(status, [](const std::string&) {}));
  auto where = client_end::to(1);
  where.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
  const auto end = client_end(where).end();
  CHECK(end.why == reason::unreachable);
  CHECK(end.code == status);
  CHECK(contains(end.text, "The proxy 127.0.0.1:"));
  CHECK(contains(end.text, advice));
}

TEST_CASE("a proxy's address that is none is told, and the proxy is not passed by") {
  server_end server;
  for (const std::string bad : {"proxy", "https://127.0.0.1:1", "http://127.0.0.1", "http://:80",
                                "http://a:0", "http://a:65536", "http://a b:80", "http://::1:80"}) {
    auto where = client_end::to(server.port());
    where.proxy = bad;
    const auto end = client_end(where).end();
    INFO(bad);
    CHECK(end.why == reason::unreachable);
    CHECK(contains(end.text, "http://host:port"));
  }
  CHECK(server.heard.get().opened.empty());
}

TEST_CASE("headers that proxies add to the answer are tolerated") {
  const peer server(peer::says_over_tls([](const std::string& header) {
    return peer::accepted(header, "Sec-WebSocket-Protocol: tier2.v1\r\nVia: 1.1 corp\r\nX-Cache: MISS\r\n"
                                  "Via: 1.0 other\r\nSet-Cookie: a=b\r\nServer:\r\n") +
           std::string("\x81\x05hello", 7);
  }));
  client_end client(client_end::to(server.port()));
  REQUIRE(client.opens());
  CHECK(client.heard.wait([](const auto& s) { return s.texts == std::vector<std::string>{"hello"}; }));
}

TEST_CASE("an answer that is no agreement on our protocol is refused") {
  std::function<std::string(const std::string&)> reply;
  SUBCASE("no subprotocol") {
    reply = [](const std::string& h) { return peer::accepted(h, ""); };
  }
  SUBCASE("another subprotocol") {
    reply = [](const std::string& h) { return peer::accepted(h, "Sec-WebSocket-Protocol: tier2.v2\r\n"); };
  }
  SUBCASE("an extension") {
    reply = [](const std::string& h) {
      return peer::accepted(
          h, "Sec-WebSocket-Protocol: tier2.v1\r\nSec-WebSocket-Extensions: permessage-deflate\r\n");
    };
  }
  SUBCASE("a malformed extension") {
    reply = [](const std::string& h) {
      return peer::accepted(h, "Sec-WebSocket-Protocol: tier2.v1\r\nSec-WebSocket-Extensions: ;=,\r\n");
    };
  }
  SUBCASE("the answer to another key") {
    reply = [](const std::string&) {
      return accept_upgrade("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n");
    };
  }
  SUBCASE("not HTTP") {
    reply = [](const std::string&) { return std::string("SSH-2.0-OpenSSH_9.2\r\n\r\n"); };
  }
  SUBCASE("a header without end") {
    reply = [](const std::string&) { return "HTTP/1.1 101 Fine\r\nX: " + std::string(100000, 'x'); };
  }
  const peer server(peer::says_over_tls(reply));
  client_end client(client_end::to(server.port()));
  const auto end = client.end();
  CHECK(end.why == reason::protocol);
  CHECK(contains(end.text, "does not speak our protocol"));
  CHECK_FALSE(client.heard.get().open);
}

TEST_CASE("another status than 101 is told with the status and what to do") {
  unsigned status{};
  std::string advice;
  SUBCASE("401") {
    status = 401;
    advice = "enrol it again";
  }
  SUBCASE("404") {
    status = 404;
    advice = "no such path";
  }
  SUBCASE("503") {
    status = 503;
    advice = "try again later";
  }
  SUBCASE("302") {
    status = 302;
    advice = "redirects are not followed";
  }
  const peer server(peer::says_over_tls([status](const std::string&) {
    return "HTTP/1.1 " + std::to_string(status) + " Because\r\nContent-Length: 4\r\n\r\nbody";
  }));
  const auto end = client_end(client_end::to(server.port())).end();
  CHECK(end.why == reason::http_refused);
  CHECK(end.code == status);
  CHECK(contains(end.text, advice));
}

TEST_CASE("a header of our own that could smuggle a line is not sent") {
  server_end server;
  auto where = client_end::to(server.port());
  SUBCASE("in any header") { where.headers["X-Name"] = "a\r\nX-Admin: yes"; }
  SUBCASE("in the authorization") { where.authorization = "a\r\nX-Admin: yes"; }
  CHECK(client_end(where).end().why == reason::protocol);
  CHECK(server.heard.get().upgrades.empty());
}

TEST_CASE("a server that dies ends the connection") {
  int ready[2], port[2];
  REQUIRE(pipe(ready) == 0);
  REQUIRE(pipe(port) == 0);
  roots(); // made before the fork: both sides use them
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const server_end server;
    const auto number = server.port();
    [[maybe_unused]] const auto told = write(port[1], &number, sizeof number);
    for (;;)
      pause();
  }
  std::uint16_t number{};
  REQUIRE(read(port[0], &number, sizeof number) == sizeof number);
  client_end client(client_end::to(number));
  const bool opened = client.opens();
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  CHECK(opened);
  CHECK(client.end().why == reason::unreachable);
  CHECK(contains(client.end().text, "lost"));
  for (const int end : {ready[0], ready[1], port[0], port[1]})
    close(end);
}

TEST_CASE("a server from which nothing is heard any more is dead after the time for that") {
  const peer server(peer::says_over_tls(accept_upgrade)); // upgrades, then reads and never answers a ping
  auto where = client_end::to(server.port());
  where.ping_interval_ms = 50;
  where.dead_after_ms = 300;
  client_end client(where);
  REQUIRE(client.opens());
  const auto end = client.end();
  CHECK(end.why == reason::dead);
  CHECK(contains(end.text, "Nothing was heard"));
}

TEST_CASE("pings keep a silent connection alive on both sides") {
  auto options = server_end::with_tls();
  options.ping_interval_ms = 0;
  options.dead_after_ms = 3000;
  server_end server(options);
  auto where = client_end::to(server.port());
  where.ping_interval_ms = 50;
  where.dead_after_ms = 3000;
  client_end client(where);
  REQUIRE(client.opens());
  // Another connection without pings is the clock: the server gives it up when this one would have been too.
  auto quiet = client_end::to(server.port());
  quiet.ping_interval_ms = 3600U * 1000U;
  quiet.dead_after_ms = 3600U * 1000U;
  client_end silent(quiet);
  REQUIRE(silent.opens());
  silent.end();
  CHECK(client.heard.get().ends.empty());
}
