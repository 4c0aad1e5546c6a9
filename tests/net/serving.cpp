#include "tests/net/ends.hpp"
#include "tests/net/peer.hpp"

#include <doctest/doctest.h>

using namespace tier2::test;
using over = raw_client::over;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
bool begins(const std::string& text, const std::string& part) { return text.rfind(part, 0) == 0; }

std::string ask(std::uint16_t port, const std::string& request) {
  raw_client raw(port, over::plain);
  raw.write(request);
  return raw.read_all();
}

} // namespace

TEST_CASE("a plain request is handed over as it came, header names in lower case, and answered") {
  server_end server(server_end::plain());
  server.answer.headers = {{"Content-Type", "text/html"}, {"X-Split", "a\r\nX-Admin: yes"}};
  server.answer.body = "<p>";
  const auto answer = ask(server.port(), "PUT /a%20b?c=d&e HTTP/1.1\r\nHost: localhost:1\r\nX-One:  two \r\n"
                                         "X-ONE: three\r\nContent-Length: 4\r\n\r\nbody");
  const auto r = server.heard.get().requests.at(0);
  CHECK(r.method == "PUT");
  CHECK(r.path == "/a%20b");
  CHECK(r.query == "c=d&e");
  CHECK(r.headers.at("host") == "localhost:1");
  CHECK(r.headers.at("x-one") == "two, three");
  CHECK(r.body == "body");
  CHECK(r.remote == "127.0.0.1");
  CHECK(begins(answer, "HTTP/1.1 200 OK\r\n"));
  CHECK(contains(answer, "Content-Type: text/html\r\n"));
  CHECK(contains(answer, "Content-Length: 3\r\n"));
  CHECK(contains(answer, "Connection: close\r\n"));
  CHECK_FALSE(contains(answer, "X-Admin"));
  CHECK(answer.substr(answer.size() - 7) == "\r\n\r\n<p>");
}

TEST_CASE("HEAD tells the length and sends no body; 204 tells none") {
  server_end server(server_end::plain());
  server.answer.body = "12345";
  auto answer = ask(server.port(), "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(contains(answer, "Content-Length: 5\r\n"));
  CHECK(answer.substr(answer.size() - 4) == "\r\n\r\n");
  server.answer.status = 204;
  answer = ask(server.port(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(begins(answer, "HTTP/1.1 204 "));
  CHECK_FALSE(contains(answer, "Content-Length"));
}

TEST_CASE("a large answer arrives whole") {
  server_end server(server_end::plain());
  server.answer.body.assign(8U << 20U, 'x');
  const auto answer = ask(server.port(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(answer.size() > (8U << 20U));
  CHECK(answer.substr(answer.size() - (8U << 20U)) == server.answer.body);
}

TEST_CASE("a body of 64 KiB is taken, one byte more is refused with 413") {
  server_end server(server_end::plain());
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ";
  const std::string body(65536, 'b');
  CHECK(begins(ask(server.port(), head + "65536\r\n\r\n" + body), "HTTP/1.1 200 "));
  CHECK(begins(ask(server.port(), head + "65537\r\n\r\n" + body + 'b'), "HTTP/1.1 413 "));
  const auto requests = server.heard.get().requests;
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].body == body);
}

TEST_CASE("requests whose length could be read in two ways, and malformed ones, are refused unseen") {
  server_end server(server_end::plain());
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\n";
  CHECK(begins(ask(server.port(), head + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "HTTP/1.1 411 "));
  CHECK(
      begins(ask(server.port(), head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"), "HTTP/1.1 400 "));
  CHECK(begins(ask(server.port(), head + "Content-Length: 0x1\r\n\r\na"), "HTTP/1.1 400 "));
  CHECK(begins(ask(server.port(), head + "Content-Length: -1\r\n\r\na"), "HTTP/1.1 413 "));
  CHECK(begins(ask(server.port(), "GET / HTTP/1.1\r\nno colon\r\n\r\n"), "HTTP/1.1 400 "));
  CHECK(begins(ask(server.port(), "GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 400 "));
  CHECK(begins(ask(server.port(), "nonsense\r\n\r\n"), "HTTP/1.1 400 "));
  CHECK(server.heard.get().requests.empty());
}

TEST_CASE("header lines beyond the bound are refused with 431") {
  server_end server(server_end::plain());
  const auto with = [&](std::size_t count) {
    return ask(server.port(), "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(count, 'x') + "\r\n\r\n");
  };
  CHECK(begins(with(15000), "HTTP/1.1 200 "));
  CHECK(begins(with(16000), "HTTP/1.1 431 "));
}

TEST_CASE("a request cut off at any byte is never answered") {
  server_end server(server_end::plain());
  const std::string request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab";
  for (std::size_t size = 0; size < request.size(); ++size) {
    raw_client raw(server.port(), over::plain);
    raw.write(request.substr(0, size));
    raw.shut_down_writing();
    CHECK(raw.read_all().empty());
  }
  CHECK(server.heard.get().requests.empty());
}

TEST_CASE("an upgrade that is refused gets the status, and nothing opens") {
  server_end server;
  server.verdict = {false, {}, 403};
  client_end client(client_end::to(server.port()));
  CHECK(client.end().why == websocket_client::end_reason::http_refused);
  CHECK(client.end().code == 403);
  CHECK(server.heard.get().opened.empty());
  CHECK(server.heard.get().upgrades.at(0).headers.at("sec-websocket-protocol") == "tier2.v1");
}

TEST_CASE("the upgrade carries the client's path and headers to the decision") {
  server_end server;
  auto where = client_end::to(server.port());
  where.path = "/agent/v1?x=1";
  where.authorization = "Bearer abc";
  client_end client(where);
  REQUIRE(client.opens());
  const auto r = server.heard.get().upgrades.at(0);
  CHECK(r.path == "/agent/v1");
  CHECK(r.query == "x=1");
  CHECK(r.headers.at("authorization") == "Bearer abc");
  CHECK(r.headers.at("host") == "127.0.0.1:" + std::to_string(server.port()));
}

TEST_CASE("a subprotocol that was not asked for is not agreed on") {
  server_end server;
  server.verdict.subprotocol = "another";
  client_end client(client_end::to(server.port()));
  CHECK(client.end().code == 400);
  CHECK(server.heard.get().opened.empty());
}

TEST_CASE("versions of the protocol before RFC 6455 are refused") {
  server_end server(server_end::plain());
  for (const std::string version : {"Sec-WebSocket-Version: 8\r\n", "Sec-WebSocket-Version: 7\r\n",
                                    "Sec-WebSocket-Version: 99\r\n", "Sec-WebSocket-Key1: 1\r\n"}) {
    const auto answer =
        ask(server.port(), "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                               version + "\r\n12345678");
    INFO(version);
    CHECK((begins(answer, "HTTP/1.1 4") || begins(answer, "HTTP/1.1 5")));
  }
  CHECK(server.heard.get().opened.empty());
}

TEST_CASE("a client that does not come to a request in time is dropped, whatever it drips") {
  auto options = server_end::plain();
  SUBCASE("plain") {}
  SUBCASE("in the middle of TLS") { options = server_end::with_tls(); }
  options.upgrade_timeout_ms = 300;
  server_end server(options);
  raw_client raw(server.port(), over::plain);
  const std::string first = options.tls ? "\x16" : "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  raw.write(first);
  while (!raw.ends_within(std::chrono::milliseconds(20))) {
    if (!options.tls) raw.write("x");
  }
  CHECK(server.server->counted().too_late == 1);
  CHECK(server.heard.get().requests.empty());
}

TEST_CASE("connections beyond the bound are turned away and counted, and let in when there is room again") {
  auto options = server_end::plain();
  options.max_connections = 2;
  server_end server(options);
  auto one = std::make_unique<raw_client>(server.port(), over::plain);
  raw_client two(server.port(), over::plain);
  REQUIRE(begins(one->upgrade(), "HTTP/1.1 101 "));
  REQUIRE(begins(two.upgrade(), "HTTP/1.1 101 "));
  CHECK(raw_client(server.port(), over::plain).read_all().empty());
  CHECK(server.server->counted().turned_away == 1);
  one.reset();
  CHECK(
      eventually([&] { return begins(raw_client(server.port(), over::plain).upgrade(), "HTTP/1.1 101 "); }));
}

TEST_CASE("a client that does not read is closed at the bound of unsent bytes, and counted") {
  auto options = server_end::plain();
  options.max_buffered_bytes = 1U << 20U;
  server_end server(options);
  raw_client raw(server.port(), over::plain);
  REQUIRE(begins(raw.upgrade(), "HTTP/1.1 101 "));
  const auto id = server.first();
  for (int i = 0; i < 64; ++i)
    server.server->send_binary(id, bytes(1000000));
  CHECK(server.closed(id) == 1008);
  CHECK(server.server->counted().overflowed == 1);
}

TEST_CASE("a client from which nothing is heard any more is dead after the time for that, and counted") {
  auto options = server_end::plain();
  options.ping_interval_ms = 50;
  options.dead_after_ms = 3000;
  server_end server(options);
  raw_client raw(server.port(), over::plain);
  REQUIRE(begins(raw.upgrade(), "HTTP/1.1 101 "));
  CHECK(server.closed(server.first()) == 1006);
  CHECK(server.server->counted().dead == 1);
  CHECK(contains(raw.read_all(), std::string("\x89\x00", 2)));
}

TEST_CASE("a link half closed by the client is ended, and what was sent to it arrives") {
  server_end server(server_end::plain());
  raw_client raw(server.port(), over::plain);
  REQUIRE(begins(raw.upgrade(), "HTTP/1.1 101 "));
  const auto id = server.first();
  raw.write(client_frame(0x81, "still here"));
  raw.shut_down_writing();
  CHECK(contains(raw.read_all(), "still here"));
  CHECK(server.closed(id) == 1006);
}

TEST_CASE("a port that is taken is told as such") {
  const server_end first;
  auto where = server_end::with_tls();
  where.port = first.port();
  const server_end second(where);
  CHECK(second.server == nullptr);
  CHECK(second.why.in_use);
  CHECK(contains(second.why.what, "127.0.0.1:" + std::to_string(first.port())));
  CHECK(contains(second.why.what, "another program"));
}

TEST_CASE("an address that cannot be listened on is told") {
  auto where = server_end::with_tls();
  SUBCASE("not an address") { where.address = "localhost.example"; }
  SUBCASE("not ours") { where.address = "192.0.2.1"; }
  const server_end server(where);
  CHECK(server.server == nullptr);
  CHECK_FALSE(server.why.in_use);
  CHECK(contains(server.why.what, where.address));
}

TEST_CASE("without TLS only loopback is listened on") {
  auto where = server_end::plain();
  for (const std::string open : {"0.0.0.0", "::", "192.168.1.1"}) {
    where.address = open;
    const server_end server(where);
    CHECK(server.server == nullptr);
    CHECK(contains(server.why.what, "Without TLS"));
  }
  where.address = "127.0.0.2";
  CHECK(server_end(where).server != nullptr);
}

TEST_CASE("posted work runs on the server's thread, in order") {
  server_end server(server_end::plain());
  watched<std::vector<int>> ran;
  for (int i = 0; i < 3; ++i)
    server.server->post([&ran, i] { ran.change([&](auto& r) { r.push_back(i); }); });
  CHECK(ran.wait([](const auto& r) { return r == std::vector<int>{0, 1, 2}; }));
}
