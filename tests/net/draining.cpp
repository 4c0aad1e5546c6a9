#include "tests/net/ends.hpp"
#include "tests/net/peer.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using namespace tier2::test;

namespace {

/// A client that counts how often it was told that its buffer fell.
struct sender {
  explicit sender(std::uint16_t port, std::size_t low_water) {
    auto where = client_end::to(port);
    where.low_water_bytes = low_water;
    where.max_buffered_bytes = 0;
    websocket_client::callbacks c;
    c.on_open = [this] { opened.change([](bool& o) { o = true; }); };
    c.on_drained = [this] {
      const auto left = connection->buffered_bytes();
      drained.change([&](auto& d) { d.push_back(left); });
    };
    c.on_ended = [this](const auto&) { over.change([](bool& o) { o = true; }); };
    connection = websocket_client::connect(where, c);
    opened.wait([](bool o) { return o; });
  }
  watched<bool> opened, over;
  watched<std::vector<std::size_t>> drained; // what was still buffered each time
  std::unique_ptr<websocket_client> connection;
};

/// A server whose thread is held, so that nobody reads.
struct held_server {
  explicit held_server() {
    auto options = server_end::with_tls();
    options.max_message_bytes = 64U << 20U;
    end.emplace(options);
    end->echo = false;
  }
  ~held_server() { held = false; }
  void hold() {
    held = true;
    end->server->post([this] {
      while (held)
        std::this_thread::yield();
    });
  }
  std::atomic<bool> held{false};
  std::optional<server_end> end;
};

constexpr std::size_t bulk = 32U << 20U; // more than sockets hold

} // namespace

TEST_CASE("who sends in bulk is told once when the buffer has fallen to the low water mark, and not before") {
  held_server server;
  sender client(server.end->port(), 1U << 20U);
  server.hold();
  client.connection->send_binary(bytes(bulk));
  CHECK(client.connection->buffered_bytes() > (1U << 20U));
  CHECK(client.drained.get().empty());
  server.held = false;
  REQUIRE(client.drained.wait([](const auto& d) { return !d.empty(); }));
  CHECK(client.drained.get()[0] <= (1U << 20U));
  REQUIRE(server.end->heard.wait([](const auto& s) { return s.binaries.size() == 1; }));
  client.connection->send_text("a little"); // below the mark: nothing to tell
  REQUIRE(server.end->heard.wait([](const auto& s) { return s.texts.size() == 1; }));
  CHECK(client.drained.get().size() == 1);
}

TEST_CASE("each rise above the mark is followed by one word that it fell") {
  held_server server;
  sender client(server.end->port(), 100);
  for (std::size_t round = 1; round <= 20; ++round) {
    client.connection->send_binary(bytes(100000));
    REQUIRE(client.drained.wait([&](const auto& d) { return d.size() == round; }));
  }
  REQUIRE(server.end->heard.wait([](const auto& s) { return s.binaries.size() == 20; }));
  CHECK(client.drained.get().size() == 20);
}

TEST_CASE("a sender that waits for the word each time keeps the buffer bounded and gets all through") {
  held_server server;
  sender client(server.end->port(), 1U << 20U);
  std::size_t most = 0, words = 0;
  for (int sent = 0; sent < 64; ++sent) {
    client.connection->send_binary(bytes(1U << 20U));
    const auto buffered = client.connection->buffered_bytes();
    most = std::max(most, buffered);
    if (buffered > (1U << 20U)) {
      ++words;
      REQUIRE(client.drained.wait(
          [&](const auto& d) { return !d.empty() && client.connection->buffered_bytes() <= (1U << 20U); }));
    }
  }
  CHECK(most <= (4U << 20U));
  CHECK(server.end->heard.wait([](const auto& s) { return s.binaries.size() == 64; }));
}

TEST_CASE("what was handed over before the connection was open is told of too") {
  server_end server;
  watched<int> told;
  auto where = client_end::to(server.port());
  where.low_water_bytes = 0;
  websocket_client::callbacks c;
  c.on_drained = [&] { told.change([](int& t) { ++t; }); };
  auto client = websocket_client::connect(where, c);
  client->send_binary(bytes(1000));
  CHECK(told.wait([](int t) { return t >= 1; }));
}

TEST_CASE("the end of a connection is no word that its buffer fell") {
  held_server server;
  sender client(server.end->port(), 1000);
  server.hold();
  client.connection->send_binary(bytes(bulk));
  REQUIRE(eventually([&] { return client.connection->buffered_bytes() > 1000; }));
  client.connection.reset();
  CHECK(client.over.get());
  CHECK(client.drained.get().empty());
}
