#include "tests/net/ends.hpp"
#include "tests/net/peer.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using namespace tier2::test;
using reason = websocket_client::end_reason;

namespace {

std::string text_of(std::size_t count) { return std::string(count, 't'); }
bytes bytes_of(std::size_t count) {
  bytes b(count);
  for (std::size_t i = 0; i < count; ++i)
    b[i] = static_cast<unsigned char>(i * 31 + (i >> 8U));
  return b;
}

} // namespace

TEST_CASE("text and bytes of every size up to the bound arrive as they were sent, both ways and in order") {
  server_end server;
  client_end client(client_end::to(server.port()));
  REQUIRE(client.opens());
  const std::vector<std::size_t> sizes{0, 1, 125, 126, 65535, 65536, (1U << 20U) - 1, 1U << 20U};
  for (const auto size : sizes) {
    client.connection->send_text(text_of(size));
    client.connection->send_binary(bytes_of(size));
  }
  REQUIRE(
      client.heard.wait([&](const auto& s) { return s.binaries.size() == sizes.size() || !s.ends.empty(); }));
  const auto heard = client.heard.get();
  REQUIRE(heard.texts.size() == sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    CHECK(heard.texts[i] == text_of(sizes[i]));
    CHECK(heard.binaries[i] == bytes_of(sizes[i]));
  }
  CHECK(client.connection->buffered_bytes() == 0);
}

TEST_CASE("what is sent before the connection is open arrives afterwards") {
  server_end server;
  client_end client(client_end::to(server.port()));
  client.connection->send_text("early");
  CHECK(server.heard.wait([](const auto& s) { return s.texts.size() == 1 && s.texts[0] == "early"; }));
}

TEST_CASE("many megabytes are handed over without waiting, are counted, and arrive in order") {
  auto options = server_end::with_tls();
  options.max_message_bytes = 64U << 20U;
  server_end server(options);
  server.echo = false;
  auto where = client_end::to(server.port());
  where.max_buffered_bytes = 0;
  client_end client(where);
  REQUIRE(client.opens());
  std::atomic<bool> held{true};
  server.server->post([&] {
    while (held)
      std::this_thread::yield();
  });
  constexpr std::size_t size = 32U << 20U;
  client.connection->send_binary(bytes_of(size)); // nobody reads: sockets cannot hold so much
  client.connection->send_binary(bytes_of(7));
  CHECK(client.connection->buffered_bytes() > 0);
  held = false;
  REQUIRE(server.heard.wait([](const auto& s) { return s.binaries.size() == 2; }));
  CHECK(server.heard.get().binaries[0] == bytes_of(size));
  CHECK(server.heard.get().binaries[1] == bytes_of(7));
  CHECK(eventually([&] { return client.connection->buffered_bytes() == 0; }));
}

TEST_CASE("a message over the server's bound ends the connection with 1009") {
  auto options = server_end::with_tls();
  options.max_message_bytes = 1000;
  server_end server(options);
  client_end client(client_end::to(server.port()));
  REQUIRE(client.opens());
  client.connection->send_binary(bytes_of(1000));
  REQUIRE(client.heard.wait([](const auto& s) { return s.binaries.size() == 1; }));
  client.connection->send_binary(bytes_of(1001));
  const auto end = client.end();
  CHECK(end.why == reason::closed);
  CHECK(end.code == 1009);
  CHECK(server.closed(server.first()) == 1009);
  CHECK(server.heard.get().binaries.size() == 1);
}

TEST_CASE("a message over the client's bound ends the connection with 1009") {
  server_end server;
  auto options = client_end::to(server.port());
  options.max_message_bytes = 1000;
  client_end client(options);
  REQUIRE(client.opens());
  server.server->send_binary(server.first(), bytes_of(1001));
  CHECK(client.end().why == reason::protocol);
  CHECK(client.end().code == 1009);
  CHECK(server.closed(server.first()) == 1009);
}

TEST_CASE("text that is not UTF-8 ends the connection with 1007, and nobody is told the text") {
  server_end server;
  raw_client raw(server.port(), raw_client::over::tls);
  REQUIRE(raw.upgrade().find(" 101 ") != std::string::npos);
  SUBCASE("in one frame") { raw.write(client_frame(0x81, "\xC3\x28")); }
  SUBCASE("cut off inside a character") { raw.write(client_frame(0x81, "ab\xE2\x82")); }
  SUBCASE("cut off inside a character, with an empty last fragment") {
    raw.write(client_frame(0x01, "ab\xE2\x82") + client_frame(0x80, ""));
  }
  CHECK(close_code(raw.read_all()) == 1007);
  CHECK(server.closed(server.first()) == 1007);
  CHECK(server.heard.get().texts.empty());
}

TEST_CASE("frames that RFC 6455 forbids end the connection with 1002") {
  server_end server;
  std::string frame;
  SUBCASE("not masked") { frame = std::string("\x81\x02hi", 4); }
  SUBCASE("a reserved bit") { frame = client_frame(0xC1, "hi"); }
  SUBCASE("a reserved opcode") { frame = client_frame(0x83, "hi"); }
  SUBCASE("a continuation of nothing") { frame = client_frame(0x80, "hi"); }
  SUBCASE("a fragmented ping") { frame = client_frame(0x09, "hi"); }
  raw_client raw(server.port(), raw_client::over::tls);
  REQUIRE(raw.upgrade().find(" 101 ") != std::string::npos);
  raw.write(frame);
  CHECK(close_code(raw.read_all()) == 1002);
}

TEST_CASE("a close frame that RFC 6455 forbids is the peer's fault, not its farewell") {
  std::string frame;
  SUBCASE("half a code") { frame = std::string("\x88\x01\x03", 3); }
  SUBCASE("a code that must not be on the wire") { frame = std::string("\x88\x02\x03\xED", 4); }
  SUBCASE("a reason that is not UTF-8") { frame = std::string("\x88\x04\x03\xE8\xC3\x28", 6); }
  const peer server(peer::says_over_tls([&](const std::string& header) {
    return peer::accepted(header, "Sec-WebSocket-Protocol: tier2.v1\r\n") + frame;
  }));
  client_end client(client_end::to(server.port()));
  CHECK(client.end().why == reason::protocol);
  CHECK(client.end().code == 1002);
}

TEST_CASE("fragments become one message, and a ping between them is answered") {
  server_end server;
  raw_client raw(server.port(), raw_client::over::tls);
  REQUIRE(raw.upgrade().find(" 101 ") != std::string::npos);
  raw.write(client_frame(0x01, "one ") + client_frame(0x89, "p") + client_frame(0x80, "message"));
  CHECK(server.heard.wait([](const auto& s) { return s.texts == std::vector<std::string>{"one message"}; }));
  std::string answer;
  while (answer.find("one message") == std::string::npos) {
    const auto more = raw.read_some();
    REQUIRE(!more.empty());
    answer += more;
  }
  CHECK(answer.find(std::string("\x8A\x01p", 3)) != std::string::npos);
}

TEST_CASE("a close code of the application's own reaches the other side with its reason") {
  server_end server;
  client_end client(client_end::to(server.port()));
  REQUIRE(client.opens());
  SUBCASE("from the server, after what was sent before it") {
    server.server->send_text(server.first(), "last words");
    server.server->close(server.first(), 4009, "replaced");
    CHECK(client.end().why == reason::closed);
    CHECK(client.end().code == 4009);
    CHECK(client.end().text == "replaced");
    CHECK(client.heard.get().texts == std::vector<std::string>{"last words"});
    CHECK(server.closed(server.first()) == 4009);
  }
  SUBCASE("from the client, after what was sent before it") {
    client.connection->send_text("last words");
    client.connection->close(4100, "done");
    CHECK(server.closed(server.first()) == 4100);
    CHECK(server.heard.get().texts == std::vector<std::string>{"last words"});
    CHECK(client.end().why == reason::closed);
  }
  CHECK(client.heard.get().ends.size() == 1);
}

TEST_CASE("letting go of the client ends the connection with 1001, also in the middle of traffic") {
  server_end server;
  {
    client_end client(client_end::to(server.port()));
    REQUIRE(client.opens());
    for (int i = 0; i < 200; ++i)
      client.connection->send_binary(bytes_of(10000));
    client.connection.reset();
    CHECK(client.heard.get().ends.size() == 1);
    CHECK(client.end().why == reason::stopped);
  }
  const auto code = server.closed(server.first());
  CHECK((code == 1001 || code == 1006)); // 1006 where what was on its way was given up with it
}

TEST_CASE("letting go of an idle client says 1001") {
  server_end server;
  client_end client(client_end::to(server.port()));
  REQUIRE(client.opens());
  client.connection.reset();
  CHECK(server.closed(server.first()) == 1001);
}

TEST_CASE("letting go of the server ends every connection with 1001") {
  server_end server;
  client_end one(client_end::to(server.port())), two(client_end::to(server.port()));
  REQUIRE(one.opens());
  REQUIRE(two.opens());
  server.server.reset();
  CHECK(one.end().code == 1001);
  CHECK(two.end().code == 1001);
  CHECK(server.heard.get().closed.size() == 2);
}

TEST_CASE("two hundred connections at once each get their own answer") {
  auto options = server_end::with_tls();
  options.upgrade_timeout_ms = 120000;
  server_end server(options);
  auto where = client_end::to(server.port());
  where.connect_timeout_ms = 120000;
  std::vector<std::unique_ptr<client_end>> clients;
  for (int i = 0; i < 200; ++i) {
    clients.push_back(std::make_unique<client_end>(where));
    clients.back()->connection->send_text(std::to_string(i));
  }
  for (int i = 0; i < 200; ++i) {
    CHECK(clients[i]->heard.wait([&](const auto& s) { return !s.texts.empty() || !s.ends.empty(); }));
    const auto ends = clients[i]->heard.get().ends;
    INFO((ends.empty() ? std::string("no end") : ends[0].text));
    CHECK(clients[i]->heard.get().texts == std::vector<std::string>{std::to_string(i)});
  }
}
